import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { CertifyOptions } from '@twinreel/catalog/certify'
import { CERTIFY } from '@twinreel/catalog/contract/setup'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { makeLogger, silentLogger } from '@twinreel/service/log'
import type { RunReport } from './run.ts'
import { scheduleRetention } from './schedule.ts'

const EACH_SECOND = '* * * * * *'

async function engines(): Promise<CertifyOptions & { catalog: Catalog; store: ObjectStore }> {
  const directory = await mkdtemp(join(tmpdir(), 'schedule-'))
  const catalog = await openCatalog({ path: ':memory:' })
  const store = await openDirectoryStore({ root: directory })
  onTestFinished(async () => {
    await catalog.close()
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })
  return { catalog, store, ...CERTIFY }
}

test('it runs again and again until it is stopped', async () => {
  const reports: RunReport[] = []
  const twice = Promise.withResolvers<void>()
  const scheduled = scheduleRetention({
    ...(await engines()),
    log: silentLogger,
    expression: EACH_SECOND,
    onReport: (report) => {
      reports.push(report)
      if (reports.length === 2) twice.resolve()
    },
  })
  await twice.promise
  await scheduled.stop()
  expect(reports.map((report) => report.halted)).toEqual([null, null])
})

test('a run that fails is told and does not end the schedule', async () => {
  const { catalog, ...rest } = await engines()
  const failedTwice = Promise.withResolvers<void>()
  const lines: string[] = []
  const log = makeLogger({
    name: 'retention',
    destination: {
      write: (line) => {
        if (!line.includes('retention run failed')) return
        lines.push(line)
        if (lines.length === 2) failedTwice.resolve()
      },
    },
  })
  const broken: Catalog = { ...catalog, nowMs: () => Promise.reject(new Error('database is gone')) }
  const scheduled = scheduleRetention({ ...rest, catalog: broken, log, expression: EACH_SECOND })
  await failedTwice.promise
  await scheduled.stop()
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', error: { message: 'database is gone' } })
})
