import { scheduleRetention } from '@twinreel/retention/schedule'
import { makeLogger, type Logger } from '@twinreel/service/log'
import { makeDataDir } from './catalog-file.ts'
import { usageError } from './command-error.ts'
import { diskCheck } from './disk-room.ts'
import { watchEngines } from './engine-watch.ts'
import { openEngines } from './engines.ts'
import type { Configuration } from './environment/read-environment.ts'
import { startWithHealth, type Health } from './health.ts'
import { mediaKeyPosts } from './keys/media-key-path.ts'
import { wrappingOf } from './keys/media-wrapping.ts'
import { signingOf } from './keys/signing.ts'
import { recordWith } from './record-with.ts'
import { retentionSettings } from './retention-settings.ts'
import { runProcess, type Running } from './run-process.ts'
import { takeServeLock } from './serve-lock.ts'

/**
 * Runs every service in one process. A signal drains them and leaves the process from within; otherwise this only ever ends by
 * throwing: `CommandError` when the directory is served already, or when an engine fails for good.
 */
export async function serve({
  configuration,
  logRetentionMs,
  ready,
}: {
  configuration: Configuration
  logRetentionMs: number
  ready(pid: number): Promise<void>
}): Promise<never> {
  const { place, logLevel } = configuration
  const { dataDir } = place
  if (place.kind !== 'embedded') throw usageError('serve is for the embedded engines', 'on servers run `twinreel recorder` and `twinreel retention worker`')
  makeDataDir(dataDir)
  const lock = takeServeLock(dataDir)
  if (lock.kind === 'held') {
    const who = lock.pid === null ? '' : ` as pid ${lock.pid}`
    throw usageError(`a serve already runs on ${dataDir}${who}`, 'stop it with `twinreel stop`, or name another directory with --data')
  }
  const log = makeLogger({ name: 'twinreel', level: logLevel })
  return runProcess({
    log,
    start: (signal) => startWithHealth(configuration, 'serve', log, (health) => startServices(configuration, { dataDir, logRetentionMs, log, signal, health })),
    async announce() {
      log.info({ pid: process.pid, path: dataDir }, 'recording')
      await ready(process.pid)
    },
    last: { name: 'lock', stop: async () => lock.release() },
  })
}

async function startServices(
  configuration: Configuration,
  { dataDir, logRetentionMs, log, signal, health }: { dataDir: string; logRetentionMs: number; log: Logger; signal: AbortSignal; health: Health | null },
): Promise<Running> {
  const engines = await openEngines({ dataDir })
  try {
    const { catalog, store, eventLog } = engines
    const wrapping = wrappingOf(configuration)
    const [toldRecorder, toldRetention] = [health?.recorder(), health?.retention(catalog)]
    const retention = scheduleRetention({
      catalog,
      store,
      ...retentionSettings(configuration, { role: 'serve', logRetentionMs }),
      log: log.child({ service: 'retention' }),
      expression: configuration.retention.schedule,
      ...(toldRetention === undefined ? {} : { onReport: toldRetention.onReport, onFailure: toldRetention.onFailure }),
    })
    const recorder = await recordWith(engines, log.child({ service: 'recorder' }), {
      ...configuration.recorder,
      signing: signingOf(configuration),
      wrappingKeys: wrapping,
      ...(toldRecorder === undefined ? {} : { observe: toldRecorder.observe }),
      onNotKept: retention.runSoon,
      logRetentionMs,
    })
    toldRecorder?.watch(recorder, eventLog)
    if (configuration.media.token !== null) health?.takePosts(mediaKeyPosts(catalog, { wrapping, token: configuration.media.token }))
    health?.started(engines, { disk: diskCheck(dataDir) })
    return {
      ready: recorder.ready,
      ends: [recorder.done, watchEngines(engines, { log, signal })],
      steps: [
        { name: 'recorder', stop: recorder.stop },
        // After the recorder, whose last word may be that nobody kept a recording.
        { name: 'retention', stop: retention.stop },
        { name: 'engines', stop: engines.close },
      ],
    }
  } catch (error) {
    await engines.close()
    throw error
  }
}
