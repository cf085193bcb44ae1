import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openS3Store } from '@twinreel/object-store/s3'
import { scheduleRetention } from '@twinreel/retention/schedule'
import { makeLogger, type Logger } from '@twinreel/service/log'
import type { Configuration } from './environment/read-environment.ts'
import { startWithHealth, type Health } from './health.ts'
import { onlyServers } from './only-servers.ts'
import { openAll } from './open-all.ts'
import { retentionSettings } from './retention-settings.ts'
import { runProcess, type Running } from './run-process.ts'

/** Retention as a process of its own. It needs no broker: what it tells the world goes through the catalog's outbox, which recorders publish. */
export async function runRetentionWorker(configuration: Configuration, ready: (pid: number) => Promise<void>): Promise<never> {
  const log = makeLogger({ name: 'retention', level: configuration.logLevel })
  return runProcess({
    log,
    start: () => startWithHealth(configuration, 'separate', log, (health) => start(configuration, log, health)),
    announce: () => ready(process.pid),
  })
}

async function start(configuration: Configuration, log: Logger, health: Health | null): Promise<Running> {
  const { s3, database, topics } = onlyServers(configuration.place, '`twinreel retention worker`')
  const settings = retentionSettings(configuration, { role: 'retention worker', logRetentionMs: topics.logRetentionMs })
  const opened = await openAll({ store: () => openS3Store(s3), catalog: () => openPostgresCatalog(database) })
  const { store, catalog } = opened.engines
  const told = health?.retention(catalog)
  const retention = scheduleRetention({
    catalog,
    store,
    ...settings,
    log,
    expression: configuration.retention.schedule,
    ...(told === undefined ? {} : { onReport: told.onReport, onFailure: told.onFailure }),
  })
  health?.started({ store, catalog })
  return {
    ready: Promise.resolve(),
    ends: [],
    steps: [
      { name: 'retention', stop: retention.stop },
      { name: 'engines', stop: opened.close },
    ],
  }
}
