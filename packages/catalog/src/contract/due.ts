import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely'
import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { changeTier } from '../accounts/tiers.ts'
import { dueCandidates, type DueCursor } from '../due.ts'
import { placeHold } from '../legal-holds.ts'
import type { Catalog } from '../open.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { fillWithRecordings } from './many-recordings.ts'
import { BECAUSE, START_MS, bench, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'

const ENDED_MS = START_MS + 2_500
const DUE_MS = ENDED_MS + GO_RETENTION_MS
const OWNERS = ['ann', 'bob', 'carol']

/** What three free users, one of them with more than a page, somebody's bin and a press that never came have due. */
async function muchDue(make: MakeCatalog): Promise<Bench & { due: string[] }> {
  const made = await benchWithUsers(make, ...OWNERS, 'paying')
  const due: string[] = []
  const enter = async (ids: string[], options: Parameters<typeof finishedRecordings>[2]): Promise<void> => {
    await finishedRecordings(made.recorder, ids, options)
    due.push(...ids)
  }
  for (const [n, ownerId] of OWNERS.entries()) {
    for (let i = 0; i < 3 + 4 * n; i++) await enter([`rec-${9 - i}-${ownerId}`], { ownerId, endedLogMs: ENDED_MS - Math.floor(i / 2) })
  }
  await enter(['unkept-1', 'unkept-2'], { ownerId: 'paying', status: 'not-kept', provisional: true })
  await enter(['bin-2', 'bin-1', 'bin-3'], { ownerId: 'paying' })
  await finishedRecordings(made.recorder, ['kept', 'not-yet'], { ownerId: 'paying' })
  await finishedRecordings(made.recorder, ['young'], { ownerId: 'ann', endedLogMs: ENDED_MS + 1 })
  await changeTier(made.catalog, { ...BECAUSE, userId: 'paying', tier: 'standard' })
  for (const id of ['bin-1', 'bin-2', 'bin-3']) await markAsked(made.catalog, id, DUE_MS - 5)
  await markAsked(made.catalog, 'not-yet', DUE_MS + 1)
  made.clock.nowMs = DUE_MS
  return { ...made, due: due.toSorted() }
}

/** As if somebody had asked for its deletion, which goes from then on. */
async function markAsked({ db }: Catalog, recordingId: string, dueMs: number): Promise<void> {
  const request = { org_id: 'acme', subject: 'recording', subject_id: recordingId, kind: 'admin-deletion', requested_at_ms: START_MS } as const
  const never = { restored_at_ms: null, restored_by: null, restore_reason: null }
  const deletionId = `deletion-of-${recordingId}`
  await db
    .insertInto('deletions')
    .values({ deletion_id: deletionId, due_at_ms: dueMs, ...request, ...BECAUSE, ...never })
    .execute()
  await db.updateTable('recordings').set({ deletion_id: deletionId, deletion_due_ms: dueMs }).where('recording_id', '=', recordingId).execute()
}

async function pages(catalog: Catalog, limit: number, each: (ids: string[]) => Promise<unknown> = async () => undefined): Promise<string[][]> {
  const found: string[][] = []
  for (let after: DueCursor | null = null; ;) {
    const page: Awaited<ReturnType<typeof dueCandidates>> = await dueCandidates(catalog, { nowMs: DUE_MS, limit, after })
    if (page.recordingIds.length > 0) found.push(page.recordingIds)
    await each(page.recordingIds)
    if (page.next === null) return found
    after = page.next
  }
}

export function dueContract(make: MakeCatalog): void {
  describe('what is due', () => {
    test.each([1, 2, 3, 5, 7, 100])('comes in pages of %i, each once and none left out', async (limit) => {
      const { retention, due } = await muchDue(make)
      const found = await pages(retention, limit)
      expect(found.flat().toSorted()).toEqual(due)
      expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true)
    })

    test('is found whole although each page is claimed before the next is asked for, and others claim meanwhile', async () => {
      const { retention, other, due } = await muchDue(make)
      const taken = new Set(['bin-1', 'rec-6-carol', 'rec-9-bob'])
      await claimForPurge(other, ['bin-1'])
      const found = await pages(retention, 3, async (ids) => {
        await claimForPurge(retention, ids)
        await claimForPurge(other, [...taken])
      })
      expect([...new Set([...found.flat(), ...taken])].toSorted()).toEqual(due)
      expect(await claimedUnfinished(other, { limit: 100 })).toHaveLength(due.length)
    })

    test('begins with what goes at once, then each owner’s oldest first; whom a hold keeps is passed over', async () => {
      const made = await muchDue(make)
      await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'carol' })
      await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-8-bob' })
      const names = 'unkept-1 unkept-2 bin-1 bin-2 bin-3 rec-7-ann rec-8-ann rec-9-ann rec-3-bob rec-4-bob rec-5-bob rec-6-bob rec-7-bob rec-9-bob'
      expect((await pages(made.retention, 100)).flat()).toEqual(names.split(' '))
    })

    test('is asked for along indexes, and what paid tiers keep is never scanned', { timeout: 60_000 }, async () => {
      const { catalog } = await bench(make)
      await fillWithRecordings(catalog, { owners: 200, freeOwners: 40, recordingsOfEach: 100, nowMs: DUE_MS })
      const firstPage = await plansOf(catalog, (watched) => dueCandidates(watched, { nowMs: DUE_MS, limit: 500 }))
      for (const index of ['recordings_not_kept', 'recordings_in_bin', 'accounts_by_', 'recordings_unclaimed']) expect(firstPage).toContain(index)
      const further = { source: 'expired', ownerId: 'user-1000000005', endedMs: 0, recordingId: '' } as const
      const nextPage = await plansOf(catalog, (watched) => dueCandidates(watched, { nowMs: DUE_MS, limit: 500, after: further }))
      const unfinished = await plansOf(catalog, (watched) => claimedUnfinished(watched, { limit: 500 }))
      expect(unfinished).toContain('recordings_claimed')
      const claimed = await plansOf(catalog, (watched) => claimedUnfinished(watched, { limit: 500, only: ['rec-1000000001'] }))
      // SQLite says SCAN, PostgreSQL Seq Scan; both name the table or its alias.
      for (const plan of [firstPage, nextPage, unfinished, claimed]) {
        expect(plan).not.toMatch(/seq scan on (?:recordings|segments)\b/i)
        expect(plan.split('\n').filter((line) => /^SCAN (?:r|recordings|segments)\b/.test(line) && !line.includes('USING'))).toEqual([])
      }
    })
  })
}

/** What the database says of how it runs the statements that `work` sends, a line each. */
async function plansOf(catalog: Catalog, work: (watched: Catalog) => Promise<unknown>): Promise<string> {
  const sent: RootOperationNode[] = []
  const watch: KyselyPlugin = {
    transformQuery({ node }) {
      sent.push(node)
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
  await work({ ...catalog, db: catalog.db.withPlugin(watch) })
  const lines: string[] = []
  for (const node of sent) {
    const { sql, parameters } = catalog.db.getExecutor().compileQuery(node, { queryId: 'explained' })
    const explain = catalog.dialect.name === 'sqlite' ? 'explain query plan' : 'explain'
    const { rows } = await catalog.db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(`${explain} ${sql}`, [...parameters]))
    lines.push(...rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])))
  }
  return lines.join('\n')
}
