import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bench, type MakeCatalog } from '@twinreel/catalog/contract/setup'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { migratedDatabase, NO_SERVER, type TestDatabase } from '@twinreel/catalog/postgres/testing'
import type { Finding } from '@twinreel/call-records/finding'
import { readRecords } from '@twinreel/twinreel/call-records/read-records'
import { loadRecords, reconcileRecords } from '@twinreel/twinreel/call-records/reconcile-records'
import { openScratch } from '@twinreel/twinreel/call-records/scratch'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { FAULTS, type Expected } from './faults.ts'
import { csvText, makeDay, type MadeDay } from './make-day.ts'
import { writeDay } from './write-day.ts'

const RECORDS = 10_000
const PLANTED = 50

function plantedContract(name: string, make: MakeCatalog): void {
  test(`${name}: of ${RECORDS} records with ${PLANTED} planted faults of every kind all are found, and none is invented`, async () => {
    const day = makeDay({ seed: 41, records: RECORDS, faults: PLANTED })
    expect(new Set(day.expected.map(({ fault }) => fault))).toEqual(new Set(Object.keys(FAULTS)))
    expect(day.rows.length).toBeGreaterThanOrEqual(RECORDS)
    const { catalog } = await bench(make)
    await writeDay(catalog, day)
    const { findings, listed } = await reconciled(catalog, day)
    const told = new Map(listed.map((finding) => [keyOf(finding.callId ?? finding.recordCallId, finding.ownerId), finding]))
    for (const expected of day.expected) {
      const finding = told.get(keyOf(expected.callId, expected.userId))
      expect(finding === undefined ? 'not found' : summary(finding, zeroOf(day, expected.callId)), `${expected.fault} in ${expected.callId}`).toMatchObject(
        wanted(expected),
      )
    }
    const planted = new Set(day.expected.map(({ callId, userId }) => keyOf(callId, userId)))
    expect(listed.filter((finding) => !planted.has(keyOf(finding.callId ?? finding.recordCallId, finding.ownerId)))).toEqual([])
    expect(listed).toHaveLength(PLANTED)
    expect(findings).toBeGreaterThan(RECORDS * 0.9)
  }, 300_000)
}

async function reconciled(catalog: Catalog, day: MadeDay): Promise<{ findings: number; listed: Finding[] }> {
  const path = join(temporaryDirectory(), 'calls.csv')
  writeFileSync(path, csvText(day.rows))
  const { records, columns } = await readRecords(path, { source: { kind: 'preset', name: 'webex' }, format: 'csv' })
  const scratch = openScratch()
  const loaded = await loadRecords(scratch, records, {})
  expect(loaded).toMatchObject({ records: day.rows.length, repeated: 1, outside: 0 })
  await reconcileRecords(catalog, scratch, loaded.records, { toleranceMs: 2_000, minGapMs: 1, hasUsers: columns.user !== undefined })
  const told = { findings: [...scratch.findings('all')].length, listed: [...scratch.findings('listed')] }
  scratch.close()
  return told
}

function keyOf(callId: string | null, userId: string | null): string {
  return `${callId}/${userId}`
}

function zeroOf({ calls }: MadeDay, callId: string): number {
  return calls.find((call) => call.callId === callId)?.timeZeroMs ?? 0
}

/** A finding in call time, as a fault says what must be found. */
function summary(finding: Finding, zeroMs: number): object {
  return {
    status: finding.status,
    why: finding.why?.kind ?? null,
    gaps: finding.gaps.map(({ reason, channel, fromMs, toMs }) => [reason, channel, fromMs - zeroMs, toMs - zeroMs]),
    excesses: [...new Set(finding.excesses.map(({ reason }) => reason))],
    events: finding.events.map(({ type, how }) => `${type} ${how}`),
  }
}

function wanted({ status, why, gaps, excesses, events }: Expected): object {
  return { status, why: why ?? null, ...(gaps === undefined ? {} : { gaps }), excesses: excesses ?? [], events }
}

plantedContract('SQLite', async (clock) => {
  const directory = await mkdtemp(join(tmpdir(), 'call-records-'))
  return { open: () => openCatalog({ path: join(directory, 'catalog.db'), clock }), remove: () => rm(directory, { recursive: true, force: true }) }
})

describe.skipIf(NO_SERVER)('the server of TWINREEL_TEST_POSTGRES', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await migratedDatabase()
  })
  afterAll(() => database.drop())
  plantedContract('PostgreSQL', async (clock) => ({
    open: () => openPostgresCatalog(database.settings('migrator'), { clock }),
    remove: () => database.empty(),
  }))
})
