import { join } from 'node:path'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { documentOf, startServe, twinreel } from '@twinreel/twinreel/testing/run-command'
import { systemClock } from '@twinreel/service/clock'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'

const KILLS = 10
const LIVE_AT_LEAST = 20

/** Recordings of calls that go on just now and have heard more than a second that is in no segment yet. */
async function liveWithUnsealedAudio(catalog: Catalog, nowMs: number): Promise<number> {
  const rows = await catalog.db
    .selectFrom('recordings as r')
    .innerJoin('calls as c', 'c.call_id', 'r.call_id')
    .leftJoin('segments as s', 's.recording_id', 'r.recording_id')
    .select(({ fn }) => ['r.recording_id', 'r.started_at_ms', 'c.time_zero_ms', fn.max('s.to_ms').as('sealed_ms')])
    .where('r.status', '=', 'recording')
    .groupBy(['r.recording_id', 'r.started_at_ms', 'c.time_zero_ms'])
    .execute()
  return rows.filter((row) => nowMs - 1_000 > Math.max(row.started_at_ms, (row.time_zero_ms ?? nowMs) + (row.sealed_ms ?? 0))).length
}

test('a recorder killed ten times over live calls records every one of them complete, to the sample, and once', async () => {
  const dataDir = temporaryDirectory()
  const truthDir = join(temporaryDirectory(), 'truth')
  let serve = await startServe(dataDir)
  const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
  const simulated = twinreel(
    'simulate',
    '--data',
    dataDir,
    '--seed',
    '77',
    '--calls',
    '60',
    '--users',
    '30',
    '--speed',
    'real',
    '--call-seconds',
    '75',
    '--truth',
    truthDir,
    '--json',
  )
  for (let kill = 0; kill < KILLS; kill++) {
    await expect
      .poll(() => liveWithUnsealedAudio(catalog, systemClock.now()), { timeout: 30_000, interval: 100, message: `live recordings before kill ${kill + 1}` })
      .toBeGreaterThanOrEqual(LIVE_AT_LEAST)
    serve.kill('SIGKILL')
    expect((await serve.ended).signal).toBe('SIGKILL')
    serve = await startServe(dataDir)
  }
  const simulation = await simulated
  expect(simulation.exitCode, simulation.stderr).toBe(0)
  serve.kill('SIGTERM')
  expect((await serve.ended).exitCode).toBe(0)

  const recordings = await catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
    .execute()
  const gone = new Set(recordings.filter(({ status }) => status === 'purged').map(({ recordingId }) => recordingId))
  expect(recordings.length).toBeGreaterThan(30)
  expect(new Set(recordings.map(({ callId, ownerId, ordinal }) => `${callId} ${ownerId} ${ordinal}`)).size).toBe(recordings.length)
  expect(await checkRecordings({ truthDir, objects: filesBelow(join(dataDir, 'objects')), recordings, gone })).toEqual([])
  expect(await documentOf(0, 'recordings', 'verify', '--data', dataDir)).toSatisfy((all: { ok: boolean }[]) => all.length > 30 && all.every(({ ok }) => ok))
  await catalog.close()
}, 240_000)
