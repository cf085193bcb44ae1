import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connectControl, type Control } from './control.ts'

export interface Daemon {
  version: string
  control: Control
  /** User and system CPU of the daemon so far, all its threads. */
  cpuMs(): number
  stop(): Promise<void>
}

/** The kernel's clock ticks in /proc (USER_HZ), the same on every Linux that node runs on. */
const TICK_MS = 10
const PROGRAM = 'rtpengine'
const PORTS = { min: 34_000, max: 38_999 }

/** What `rtpengine --version` says; `null` when it is not installed. */
export function rtpengineVersion(): string | null {
  const { error, stdout, stderr } = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' })
  return error === undefined ? (/Version: (\S+)/.exec(stdout + stderr)?.[1] ?? 'unknown') : null
}

/**
 * rtpengine as it records without its kernel module: on the loopback, in the foreground, each call to a pcap file below `recordingDir`. Everything else has
 * its defaults, except that it logs warnings only and forgets a deleted call at once.
 */
export async function startDaemon(recordingDir: string): Promise<Daemon> {
  const controlPort = await freePort()
  const options = {
    'config-file': 'none',
    table: '-1',
    interface: '127.0.0.1',
    'listen-ng': `127.0.0.1:${controlPort}`,
    'port-min': String(PORTS.min),
    'port-max': String(PORTS.max),
    'recording-method': 'pcap',
    'recording-dir': recordingDir,
    'log-level': '4',
    'delete-delay': '0',
  }
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const daemon = spawn(PROGRAM, ['--foreground', '--log-stderr', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)))
  const ended = once(daemon, 'exit')
  const control = await connectControl(controlPort)

  async function stop(): Promise<void> {
    control.close()
    daemon.kill('SIGTERM')
    const timer = setTimeout(() => daemon.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(timer)
  }

  for (let attempt = 0; ; attempt++) {
    const answer = await control.ask({ command: 'ping' }).catch(() => null)
    if (answer !== null) break
    if (attempt < 5 && daemon.exitCode === null) continue
    await stop()
    throw new Error(`rtpengine did not start: ${complaint.trim() || 'it said nothing'}`)
  }
  return { version: rtpengineVersion() ?? '', control, cpuMs: () => cpuMsOf(daemon.pid ?? 0), stop }
}

/** Fields 14 and 15 of /proc/PID/stat; the second field is the name, in parentheses, and may hold anything. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
