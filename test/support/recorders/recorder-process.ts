import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePorts } from '@twinreel/twinreel/dev/ports'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from '../directories.ts'
import type { OwnServers } from './own-servers.ts'
import { startS3Tap, type S3Tap, type TappedPut } from './s3-tap.ts'
import { databaseUrlOf } from './write-audit.ts'

const ANSWER_MS = 30_000
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

/** A metric's samples by its name, with labels or without. */
export interface Metrics {
  samples(name: string): number[]
}

/** `twinreel recorder`, one of several: known to the catalog by its name, and with a way to the store of its own. */
export interface RecorderProcess {
  name: string
  /** What it keeps for itself: its spool, and what it is a member of. */
  dataDir: string
  lines: readonly LogLine[]
  puts: readonly TappedPut[]
  holdNextPut: S3Tap['holdNextPut']
  signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  ended: Promise<{ exitCode: number | null; signal: string | null }>
  /** How it ended: its exit code or the signal; `null` while it runs. */
  exit(): string | null
  /** The sum of a metric's samples. */
  metric(name: string): Promise<number>
  /** All metrics of one moment. */
  metrics(): Promise<Metrics>
  /** What it says of itself: the names of the checks that don't hold. */
  notReady(): Promise<string[]>
}

/** Without `dataDir` it has one of its own; a supervisor starts whoever replaces a dead one in the directory of that one. */
export async function startRecorderProcess(name: string, servers: OwnServers, dataDir: string = temporaryDirectory()): Promise<RecorderProcess> {
  const { place } = servers
  const tap = await startS3Tap(place.s3.endpoint ?? '', place.s3.bucket)
  const [port = 0] = await freePorts(1)
  const env = servers.environment({
    TWINREEL_DATA: dataDir,
    TWINREEL_HTTP_PORT: String(port),
    TWINREEL_S3_ENDPOINT: tap.endpoint,
    TWINREEL_DATABASE_URL: databaseUrlOf(place, name),
  })
  // In a session of its own, as under a supervisor: Linux shares a busy machine among sessions.
  const child = spawn(process.execPath, [MAIN, 'recorder'], { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const ended = once(child, 'close').then(() => {
    process.off('exit', endWithUs)
    return { exitCode: child.exitCode, signal: child.signalCode }
  })
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
  const metrics = async (): Promise<Metrics> => {
    // Who is frozen never answers.
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })).text()
    const all = text.split('\n')
    return {
      samples: (metric) =>
        all.filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`)).map((line) => Number(line.slice(line.lastIndexOf(' ')))),
    }
  }
  return {
    name,
    dataDir,
    lines,
    puts: tap.puts,
    holdNextPut: tap.holdNextPut,
    ended,
    exit: () => child.signalCode ?? child.exitCode?.toString() ?? null,
    signal: (signal) => void child.kill(signal),
    metrics,
    metric: async (metric) => (await metrics()).samples(metric).reduce((sum, value) => sum + value, 0),
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
