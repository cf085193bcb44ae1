import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePorts } from '@twinreel/twinreel/dev/ports'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from '../directories.ts'
import type { OwnServers } from './own-servers.ts'
import { startS3Tap, type TappedPut } from './s3-tap.ts'
import { databaseUrlOf } from './write-audit.ts'

const MAIN = join(import.meta.dirname, '../../../services/twinreel/src/main.ts')

/** A line of a process's log; of the fields those that are looked at. */
export interface LogLine {
  level: string
  atMs: number
  text: string
  partition?: number
  epoch?: number
  lag?: number
}

/** `twinreel recorder`, one of several: known to the catalog by its name, and with a way to the store of its own. */
export interface RecorderProcess {
  name: string
  /** What it keeps for itself: its spool. */
  dataDir: string
  lines: readonly LogLine[]
  puts: readonly TappedPut[]
  signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  ended: Promise<{ exitCode: number | null; signal: string | null }>
  /** The sum of a metric's samples. */
  metric(name: string): Promise<number>
  /** What it says of itself: the names of the checks that don't hold. */
  notReady(): Promise<string[]>
}

export async function startRecorderProcess(name: string, servers: OwnServers): Promise<RecorderProcess> {
  const { place } = servers
  const tap = await startS3Tap(place.s3.endpoint ?? '', place.s3.bucket)
  const [port = 0] = await freePorts(1)
  const dataDir = temporaryDirectory()
  const env = servers.environment({
    TWINREEL_DATA: dataDir,
    TWINREEL_HTTP_PORT: String(port),
    TWINREEL_S3_ENDPOINT: tap.endpoint,
    TWINREEL_DATABASE_URL: databaseUrlOf(place, name),
  })
  const child = spawn(process.execPath, [MAIN, 'recorder'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, signal: child.signalCode }))
  // A test that failed half way leaves nothing running; one that is frozen dies too.
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    await tap.close()
  })
  const lines: LogLine[] = []
  let rest = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.map(lineOf))
  })
  return {
    name,
    dataDir,
    lines,
    puts: tap.puts,
    ended,
    signal: (signal) => void child.kill(signal),
    async metric(metric) {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      const samples = text.split('\n').filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`))
      return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },
    async notReady() {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
      const { ok, checks } = (await answer.json()) as { ok: boolean; checks: Record<string, { ok: boolean }> }
      if ((answer.status === 200) !== ok) throw new Error(`/readyz answers ${answer.status} and says ok=${ok}`)
      return Object.entries(checks).flatMap(([check, { ok: holds }]) => (holds ? [] : [check]))
    },
  }
}

function lineOf(text: string): LogLine {
  try {
    const { level, time, msg, ...fields } = JSON.parse(text) as { level: string; time: string; msg: string } & Partial<LogLine>
    return { ...fields, level, atMs: Date.parse(time), text: msg }
  } catch {
    // What is said before there is a log, and by Node itself.
    return { level: 'error', atMs: Number.NaN, text }
  }
}
