import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { dump } from '@twinreel/catalog/contract/dump'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { trueCallIds } from '@twinreel/oracle/truth-files'
import { documentOf, startServe, twinreel } from '@twinreel/twinreel/testing/run-command'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'

/** The catalog is gone, whoever still has it open. */
function lose(dataDir: string): void {
  for (const file of ['catalog.db', 'catalog.db-wal', 'catalog.db-shm']) rmSync(join(dataDir, file), { force: true })
}

async function withCatalog<T>(dataDir: string, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
  try {
    return await work(catalog)
  } finally {
    await catalog.close()
  }
}

interface Known {
  recordingId: string
  callId: string
  ownerId: string
  ordinal: number
  status: string
}

function known({ db }: Catalog): Promise<Known[]> {
  return db.selectFrom('recordings').select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status']).execute()
}

function count(recordings: readonly Known[], ...statuses: string[]): number {
  return recordings.filter(({ status }) => statuses.includes(status)).length
}

test('a catalog lost over live calls is rebuilt from the bucket: every call is recorded to the sample, and what was deleted stays away', async () => {
  const dataDir = temporaryDirectory()
  const truthDir = join(temporaryDirectory(), 'truth')
  const data = ['--data', dataDir] as const
  const first = await startServe(dataDir)
  const simulated = twinreel('simulate', ...data, ...'--seed 5 --calls 30 --users 16 --speed real --call-seconds 20 --truth'.split(' '), truthDir, '--json')

  // Some are over, some go on.
  await withCatalog(dataDir, (catalog) =>
    expect
      .poll(
        async () => {
          const recordings = await known(catalog)
          return count(recordings, 'completed') >= 2 && count(recordings, 'recording', 'paused') >= 2
        },
        { timeout: 120_000, interval: 100 },
      )
      .toBe(true),
  )
  const [someone] = (await documentOf(0, 'users', 'list', ...data)) as { userId: string }[]
  await documentOf(0, 'users', 'set', someone?.userId ?? '', '--tier', 'standard', ...data)
  first.kill('SIGKILL')
  await first.ended
  const before = await withCatalog(dataDir, known)
  lose(dataDir)

  const refused = await twinreel('recordings', 'list', ...data)
  expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining('twinreel catalog rebuild')])
  expect(await documentOf(0, 'catalog', 'rebuild', ...data)).toMatchObject({ problems: [], organizations: 1 })
  expect(await documentOf(0, 'users', 'show', someone?.userId ?? '', ...data)).toMatchObject({ tier: 'standard' })
  const second = await startServe(dataDir)
  // It looks for outcomes in the catalog that is gone; its calls are what counts.
  await simulated
  const callIds = await trueCallIds(truthDir)
  const after = await withCatalog(dataDir, async (catalog) => {
    await expect
      .poll(async () => (await catalog.db.selectFrom('calls').select('call_id').where('ended_log_ms', 'is not', null).execute()).length, {
        timeout: 240_000,
        interval: 250,
      })
      .toBeGreaterThanOrEqual(callIds.length)
    await expect.poll(async () => count(await known(catalog), 'recording', 'paused', 'not-kept'), { timeout: 60_000, interval: 250 }).toBe(0)
    return known(catalog)
  })
  second.kill('SIGTERM')
  await second.ended

  const gone = new Set(after.filter(({ status }) => status === 'purged').map(({ recordingId }) => recordingId))
  for (const { recordingId, status } of before) if (status === 'purged') expect(gone).toContain(recordingId)
  expect(await checkRecordings({ truthDir, objects: filesBelow(join(dataDir, 'objects')), recordings: after, gone })).toEqual([])
  expect(await documentOf(0, 'recordings', 'verify', ...data)).toSatisfy((all: { ok: boolean }[]) => all.length > 10 && all.every(({ ok }) => ok))

  // Lost again, with nothing going on: it is restored to the last column.
  const [lost, due] = [await withCatalog(dataDir, (catalog) => dump(catalog)), await documentOf(0, 'retention', 'due', '--all', ...data)]
  lose(dataDir)
  await documentOf(0, 'catalog', 'rebuild', ...data)
  expect(await withCatalog(dataDir, (catalog) => dump(catalog))).toEqual(lost)
  expect(await documentOf(0, 'retention', 'due', '--all', ...data)).toEqual(due)
  expect((await twinreel('catalog', 'rebuild', ...data)).stderr).toContain('the catalog is not empty')
}, 600_000)
