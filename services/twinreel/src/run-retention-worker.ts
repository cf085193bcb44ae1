import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openS3Store } from '@twinreel/object-store/s3'
import { scheduleRetention } from '@twinreel/retention/schedule'
import { makeLogger, type Logger } from '@twinreel/service/log'
import type { Configuration } from './environment/read-environment.ts'
import { openHealth } from './health.ts'
import { onlyServers } from './only-servers.ts'
import { openAll } from './open-all.ts'
import { runProcess, type Running } from './run-process.ts'

/** Retention as a process of its own. It needs no broker: what it tells the world goes through the catalog's outbox, which recorders publish. */
export async function runRetentionWorker(configuration: Configuration, ready: (pid: number) => Promise<void>): Promise<never> {
  const log = makeLogger({ name: 'retention', level: configuration.logLevel })
  return runProcess({
    log,
    start: () => start(configuration, log),
    announce: () => ready(process.pid),
  })
}

async function start(configuration: Configuration, log: Logger): Promise<Running> {
  const { s3, database } = onlyServers(configuration.place, '`twinreel retention worker`')
  const health = await openHealth(configuration, 'separate', log)
  const opened = await openAll({ store: () => openS3Store(s3), catalog: () => openPostgresCatalog(database) })
  const { store, catalog } = opened.engines
  const told = health?.retention(catalog)
  const retention = scheduleRetention({
    catalog,
    store,
    log,
    expression: configuration.retention.schedule,
    ...(told === undefined ? {} : { onReport: told.onReport, onFailure: told.onFailure }),
  })
  try {
    const listening = await health?.start({ store, catalog })
    return {
      ready: Promise.resolve(),
      ends: [],
      steps: [{ name: 'retention', stop: retention.stop }, ...(listening === undefined ? [] : [listening.step]), { name: 'engines', stop: opened.close }],
    }
  } catch (error) {
    await retention.stop()
    await opened.close()
    throw error
  }
}
