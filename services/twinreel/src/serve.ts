import type { Recorder } from '@twinreel/recorder/recorder'
import { scheduleRetention, type RetentionSchedule } from '@twinreel/retention/schedule'
import { drainOnSignal, type DrainStep } from '@twinreel/service/drain'
import { makeLogger, type Logger } from '@twinreel/service/log'
import { makeDataDir } from './catalog-file.ts'
import { engineError, usageError } from './command-error.ts'
import { watchEngines } from './engine-watch.ts'
import { openEngines, type Engines } from './engines.ts'
import { EXIT } from './exit-codes.ts'
import { explain } from './explain.ts'
import { recordWith } from './record-with.ts'
import { takeServeLock } from './serve-lock.ts'

interface Services {
  engines: Engines
  recorder: Recorder
  retention: RetentionSchedule
}

/**
 * Runs every service in one process. A signal drains them and leaves the process from within; otherwise this only ever ends by
 * throwing: `CommandError` when the directory is served already, or when an engine fails for good.
 */
export async function serve({
  dataDir,
  logRetentionMs,
  ready,
}: {
  dataDir: string
  logRetentionMs: number
  ready(pid: number): Promise<void>
}): Promise<never> {
  makeDataDir(dataDir)
  const lock = takeServeLock(dataDir)
  if (lock.kind === 'held') {
    const who = lock.pid === null ? '' : ` as pid ${lock.pid}`
    throw usageError(`a serve already runs on ${dataDir}${who}`, 'stop it with `twinreel stop`, or name another directory with --data')
  }
  const log = makeLogger({ name: 'twinreel' })
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'not foreseen, giving up: the next serve goes on from the log')
    process.exit(EXIT.engine)
  })
  // A drain may be asked for while the services still start.
  const starting = startServices(dataDir, logRetentionMs, log)
  const started = starting.catch(() => null)
  const stopping = new AbortController()
  const draining = drainOnSignal({ log, steps: [{ name: 'watch', stop: async () => stopping.abort() }, ...stepsOf(started, lock.release)] })
  const announce = async (): Promise<void> => {
    log.info({ pid: process.pid, path: dataDir }, 'recording')
    await ready(process.pid)
  }
  const failure = await untilFailure(starting, announce, (engines) => watchEngines(engines, { log, signal: stopping.signal }))
  log.error({ error: failure, path: dataDir }, 'an engine failed for good')
  await draining.drain()
  draining.dispose()
  const { what, next } = explain(failure)
  throw engineError(what, next, failure)
}

async function startServices(dataDir: string, logRetentionMs: number, log: Logger): Promise<Services> {
  const engines = await openEngines({ dataDir })
  try {
    const { catalog, store } = engines
    const retention = scheduleRetention({ catalog, store, log: log.child({ service: 'retention' }) })
    const recorder = await recordWith(engines, log.child({ service: 'recorder' }), { onNotKept: retention.runSoon, logRetentionMs })
    return { engines, recorder, retention }
  } catch (error) {
    await engines.close()
    throw error
  }
}

/** Answers why the services could not start or go on. After a drain it never does: that ends the process. */
async function untilFailure(starting: Promise<Services>, announce: () => Promise<void>, watch: (engines: Engines) => Promise<void>): Promise<unknown> {
  try {
    const { engines, recorder } = await starting
    await Promise.all([recorder.ready.then(announce), recorder.done, watch(engines)])
    return await new Promise<never>(() => {})
  } catch (error) {
    return error
  }
}

/** First what takes work in, last what the others stand on. */
function stepsOf(started: Promise<Services | null>, release: () => void): DrainStep[] {
  return [
    { name: 'recorder', stop: async () => (await started)?.recorder.stop() },
    // After the recorder, whose last word may be that nobody kept a recording.
    { name: 'retention', stop: async () => (await started)?.retention.stop() },
    { name: 'engines', stop: async () => (await started)?.engines.close() },
    { name: 'lock', stop: async () => release() },
  ]
}
