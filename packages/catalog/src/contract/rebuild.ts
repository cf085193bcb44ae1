import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeOrgRules, disableOrganization, enableOrganization } from '../accounts/organizations.ts'
import { changeSettings, switchRecordingOff, switchRecordingOn } from '../accounts/recording-switch.ts'
import { changeTier } from '../accounts/tiers.ts'
import { addUser, changeLicence } from '../accounts/users.ts'
import { certificateHead } from '../certificates.ts'
import { journalKey } from '../journal/object.ts'
import { rebuildCatalog } from '../journal/rebuild.ts'
import { journalHead, writeJournal } from '../journal/write.ts'
import { listHolds, placeHold, releaseHold } from '../legal-holds.ts'
import type { Catalog } from '../open.ts'
import { policiesFor } from '../policies.ts'
import { claimPartition, commit } from '../recorder.ts'
import { knownCall } from '../recorder/known-call.ts'
import type { RecorderChange } from '../recorder-changes.ts'
import { TENANCY } from '../postgres/row-security.ts'
import type { Tables } from '../tables.ts'
import { recordPurged } from '../purged.ts'
import { liftHalt, listHalts, putHalt } from '../retention-halts.ts'
import { UNEXPLAINED } from '../claim-allowance.ts'
import { dueCandidates } from '../due.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { audit } from './certificates.ts'
import { memoryBucket, type MemoryBucket } from './bucket.ts'
import { DECISIONS, decide, decision, type Decision } from './decisions.ts'
import { dump } from './dump.ts'
import { BECAUSE, CERTIFY, PARTITION, START_MS, bench, ended, message, segment, started, type MakeCatalog } from './setup.ts'

const USERS = ['ann', 'bob', 'carol']
const DAYS_31_MS = 31 * 24 * 3_600_000

export type Deed =
  | { kind: 'admin'; userId: string; what: number }
  | { kind: 'call'; userId: string; outcome: 'recorded' | 'not-kept' | 'excluded' | 'live' | 'silent' }
  | Decision
  | { kind: 'bad-message' | 'time' | 'hold' | 'release' | 'purge' | 'half-a-purge' | 'halt' | 'confirm' | 'lift' | 'journal' }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  decision,
  fc.record({ kind: fc.constant('admin' as const), userId: fc.constantFrom(...USERS), what: fc.nat(8) }),
  fc.record({
    kind: fc.constant('call' as const),
    userId: fc.constantFrom(...USERS),
    outcome: fc.constantFrom('recorded' as const, 'not-kept' as const, 'excluded' as const, 'live' as const, 'silent' as const),
  }),
  fc.record({
    kind: fc.constantFrom(
      'bad-message' as const,
      'time' as const,
      'hold' as const,
      'release' as const,
      'purge' as const,
      'half-a-purge' as const,
      'halt' as const,
      'confirm' as const,
      'lift' as const,
      'journal' as const,
    ),
  }),
)

/** Does what a history says to one catalog; a rule may say no to some of it. */
export async function live(catalog: Catalog, bucket: MemoryBucket, clock: { nowMs: number }, deeds: readonly Deed[]): Promise<void> {
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  const { epoch } = await claimPartition(catalog, { ...PARTITION, logIdentity: 'log-1', endOffset: 1_000_000 })
  const of = { ...PARTITION, epoch }
  let [offset, calls] = [0, 0]
  for (const one of deeds) {
    offset += 10
    clock.nowMs += 1_000
    try {
      switch (one.kind) {
        case 'admin':
          await administer(catalog, one)
          break
        case 'call':
          calls += 1
          await commit(catalog, of, await callOf(catalog, `call-${calls}`, one, offset, clock.nowMs))
          break
        case 'decision':
          await decide(catalog, one)
          break
        case 'bad-message':
          await commit(catalog, of, [{ kind: 'dead-letter', ...PARTITION, offset, announce: message(`dead-${offset}`) }])
          break
        case 'time':
          clock.nowMs += DAYS_31_MS
          break
        case 'hold':
          await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })
          break
        case 'release':
          for (const { holdId } of (await listHolds(catalog, 'acme')).slice(0, 1)) await releaseHold(catalog, { ...BECAUSE, holdId })
          break
        case 'purge':
        case 'half-a-purge': {
          const allowance = { caughtUpMs: clock.nowMs, room: 100, confirmed: null, ceilings: new Map([[UNEXPLAINED, 1_000]]) }
          await claimForPurge(catalog, (await dueCandidates(catalog, { nowMs: clock.nowMs, limit: 100 })).recordingIds, {
            allowances: new Map([['acme', allowance]]),
          })
          await writeJournal(catalog, bucket, null)
          if (one.kind === 'purge') await recordPurged(catalog, await claimedUnfinished(catalog, { limit: 100 }), CERTIFY)
          break
        }
        case 'halt':
          await putHalt(catalog, { orgId: 'acme', dueCount: calls, totalCount: calls + 1 })
          break
        case 'confirm':
        case 'lift':
          for (const { haltId, dueCount, confirmed } of await listHalts(catalog.db)) {
            if (one.kind === 'lift') await liftHalt(catalog, haltId)
            else if (confirmed === null)
              await catalog.db
                .updateTable('retention_halts')
                .set({ confirmed_count: dueCount, confirmed_at_ms: clock.nowMs, confirmed_by: BECAUSE.actor, confirm_reason: BECAUSE.reason })
                .where('halt_id', '=', haltId)
                .execute()
          }
          break
        case 'journal':
          await writeJournal(catalog, bucket, null)
      }
    } catch (error) {
      if (!(error instanceof Error && error.name === 'AccountError')) throw error
    }
  }
  await writeJournal(catalog, bucket, null)
}

async function administer(catalog: Catalog, { userId, what }: Extract<Deed, { kind: 'admin' }>): Promise<void> {
  const because = { ...BECAUSE, userId }
  switch (what) {
    case 0:
    case 1:
      return void (await addUser(catalog, { ...because, orgId: 'acme', licence: 'professional', displayName: `${userId} "é" \\ ` }))
    case 2:
    case 3:
      return switchRecordingOn(catalog, { ...because, settings: { mode: 'always' } })
    case 4:
      return void (await changeSettings(catalog, { ...because, settings: { tone: { intervalSeconds: 30 } } }))
    case 5:
      return switchRecordingOff(catalog, because)
    case 6:
      return changeTier(catalog, { ...because, tier: userId === 'bob' ? 'standard' : 'go' })
    case 7:
      return void (await changeLicence(catalog, { ...because, orgId: 'acme', licence: null }))
    default:
      await disableOrganization(catalog, { ...BECAUSE, orgId: 'acme' })
      await changeOrgRules(catalog, { ...BECAUSE, orgId: 'acme', rules: { segmentSeconds: 30 } })
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  }
}

export async function callOf(
  catalog: Catalog,
  callId: string,
  { userId, outcome }: Extract<Deed, { kind: 'call' }>,
  offset: number,
  nowMs: number,
): Promise<RecorderChange[]> {
  await policiesFor(catalog, { callId, orgId: 'acme', asOfMs: nowMs, participants: [{ participantId: 'p1', userId }, { participantId: 'p2' }] })
  const recordingId = `rec-${callId}`
  const opened: RecorderChange[] = [
    { kind: 'call.opened', callId, orgId: 'acme', callType: 'pstn', direction: 'inbound', correlationId: null, offset: 0 },
    { kind: 'call.answered', callId, timeZeroMs: START_MS },
  ]
  const session = (endedOffset: number | null): RecorderChange => ({ kind: 'session', callId, offset, foldVersion: 1, state: '{}', endedOffset })
  const begun = [...opened, started(recordingId, { callId, ownerId: userId, provisional: outcome === 'not-kept' }), segment(recordingId, 0, userId)]
  if (outcome === 'live') return [...begun, session(null)]
  const done: RecorderChange[] =
    outcome === 'excluded'
      ? opened
      : [
          ...begun,
          segment(recordingId, 1, userId),
          ended(recordingId, { status: outcome === 'not-kept' ? 'not-kept' : 'completed', endedLogMs: nowMs, keysOf: userId }),
        ]
  return [
    ...done,
    {
      kind: 'ledger',
      callId,
      ownerId: userId,
      orgId: 'acme',
      outcome: outcome === 'excluded' ? { outcome: 'excluded', reason: 'fax' } : { outcome: 'recorded' },
      lateMs: 3,
      announce: null,
    },
    { kind: 'call.closed', callId, endedLogMs: nowMs },
    session(outcome === 'silent' ? null : offset),
  ]
}

/** What a segment told is in the manifest, and there are none here. */
const withoutDetails = (catalog: Catalog): Promise<Record<string, string[]>> => dump(catalog, ['detail'])

export function rebuildContract(make: MakeCatalog): void {
  describe('a lost catalog', () => {
    test('is rebuilt as it was, whatever was done before', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), async (deeds) => {
          const clock = { nowMs: START_MS }
          const database = await make(() => clock.nowMs)
          const catalog = await database.open()
          try {
            const bucket = memoryBucket()
            await live(catalog, bucket, clock, deeds)
            const lost = {
              head: await journalHead(catalog),
              rows: await withoutDetails(catalog),
              due: await dueCandidates(catalog, { nowMs: clock.nowMs, limit: 100 }),
            }
            await lose(catalog)
            const { head, problems } = await rebuildCatalog(catalog, bucket, { verify: null, expect: lost.head })
            expect(head).toEqual(lost.head)
            expect(problems.every(({ problem }) => problem === 'is missing')).toBe(true)
            expect(await withoutDetails(catalog)).toEqual(lost.rows)
            expect(await dueCandidates(catalog, { nowMs: clock.nowMs, limit: 100 })).toEqual(lost.due)
            expect(await audit(catalog)).toEqual([])
            // Nothing of it is journaled a second time, and the chain goes on where it ended.
            expect(await writeJournal(catalog, bucket, null)).toMatchObject({ objects: 0 })
            await enableOrganization(catalog, { ...BECAUSE, orgId: 'other', name: 'Other', partnerId: 'carrier' })
            expect((await writeJournal(catalog, bucket, null)).head?.sequence).toBe(head.sequence + 1)
            // Nor do the certificates begin anew.
            const [before, unfinished] = [await certificateHead(catalog), await claimedUnfinished(catalog, { limit: 100 })]
            await recordPurged(catalog, unfinished, CERTIFY)
            expect((await certificateHead(catalog))?.sequence ?? 0).toBe((before?.sequence ?? 0) + unfinished.length)
            expect(await audit(catalog)).toEqual([])
          } finally {
            await catalog.close()
            await database.remove()
          }
        }),
        { numRuns: RUNS },
      )
    }, 120_000)

    test('is rebuilt again after a rebuild was broken off, and until then nothing in it is due and nobody records with it', async () => {
      const { catalog, clock, retention, recorder } = await bench(make)
      const bucket = memoryBucket()
      await live(catalog, bucket, clock, [
        { kind: 'admin', userId: 'ann', what: 0 },
        { kind: 'admin', userId: 'ann', what: 2 },
        { kind: 'call', userId: 'ann', outcome: 'recorded' },
        { kind: 'journal' },
        { kind: 'admin', userId: 'ann', what: 4 },
        { kind: 'time' },
      ])
      await expect(rebuildCatalog(catalog, bucket, { verify: null, expect: null })).rejects.toThrow('the catalog is not empty')
      const rows = await withoutDetails(catalog)
      await lose(catalog)
      const broken = { ...bucket, get: async (key: string) => (key.endsWith('2.jsonl') ? Promise.reject(new Error('cut')) : bucket.get(key)) }
      await expect(rebuildCatalog(catalog, broken, { verify: null, expect: null })).rejects.toThrow('cut')
      await expect(claimForPurge(retention, ['rec-call-1'])).rejects.toThrow('is being rebuilt')
      await expect(recordPurged(retention, CLAIMED, CERTIFY)).rejects.toThrow('is being rebuilt')
      await expect(claimPartition(recorder, { ...PARTITION, logIdentity: 'log-1', endOffset: 0 })).rejects.toThrow('is being rebuilt')
      for (const what of [0, 2, 4, 5, 6, 7, 8]) await expect(administer(catalog, { kind: 'admin', userId: 'ann', what })).rejects.toThrow('is being rebuilt')
      await expect(placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })).rejects.toThrow('is being rebuilt')
      await expect(releaseHold(catalog, { ...BECAUSE, holdId: 'hold-1' })).rejects.toThrow('is being rebuilt')
      for (const what of DECISIONS) await expect(decide(catalog, { kind: 'decision', what, userId: 'ann', tier: 'ai' })).rejects.toThrow('is being rebuilt')
      await expect(writeJournal(recorder, bucket, null)).resolves.toMatchObject({ objects: 0 })
      await rebuildCatalog(catalog, bucket, { verify: null, expect: null })
      expect(await withoutDetails(catalog)).toEqual(rows)
    })

    test('does not begin to be rebuilt beside a change that is being made: it waits, and finds the catalog in use', async () => {
      const { catalog, other } = await bench(make)
      const bucket = memoryBucket()
      let rebuild: Promise<unknown> | undefined
      // A change asks for the time when it has looked whether a rebuild is under way, and has written nothing yet.
      const changing: Catalog = {
        ...catalog,
        async nowMs(within) {
          rebuild ??= rebuildCatalog(other, bucket, { verify: null, expect: null }).catch((error: unknown) => error)
          // Round trips enough for it to begin, if nothing stopped it.
          for (let n = 0; n < 200; n += 1) expect(await within?.selectFrom('rebuilds').selectAll().execute()).toEqual([])
          return catalog.nowMs(within)
        },
      }
      await enableOrganization(changing, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
      expect(String(await rebuild)).toContain('the catalog is not empty')
      expect(await writeJournal(catalog, bucket, null)).toMatchObject({ objects: 1 })
    })

    test('has the platform identities that accounts exchanged before it was lost', async () => {
      const { catalog } = await bench(make)
      const bucket = memoryBucket()
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
      const identify = (userId: string, externalIdentifier: string): Promise<void> =>
        switchRecordingOn(catalog, { ...BECAUSE, userId, settings: {}, platform: { serviceProvider: 'carrier', externalGroup: 'acme', externalIdentifier } })
      for (const userId of ['ann', 'bob']) {
        await addUser(catalog, { ...BECAUSE, orgId: 'acme', userId, licence: 'professional' })
        await identify(userId, userId)
      }
      await writeJournal(catalog, bucket, null)
      // All of it is in one object.
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'bob' })
      await identify('ann', 'ann-2')
      await identify('bob', 'ann')
      const { head } = await writeJournal(catalog, bucket, null)
      const rows = await withoutDetails(catalog)
      await lose(catalog)
      await rebuildCatalog(catalog, bucket, { verify: null, expect: head })
      expect(await withoutDetails(catalog)).toEqual(rows)
    })

    test('has a journal that is written to an end, however fast others make new entries meanwhile', async () => {
      const { catalog, clock, retention } = await bench(make)
      const bucket = memoryBucket()
      await live(catalog, bucket, clock, [
        { kind: 'admin', userId: 'ann', what: 0 },
        { kind: 'admin', userId: 'ann', what: 2 },
        { kind: 'call', userId: 'ann', outcome: 'not-kept' },
      ])
      expect(await claimForPurge(retention, ['rec-call-1'])).toMatchObject([{ kind: 'claimed' }])
      const [wasThere, most] = [bucket.objects.size, 20]
      let made = 0
      const busy: MemoryBucket = {
        ...bucket,
        async putIfAbsent(object) {
          if (made < most) await enableOrganization(catalog, { ...BECAUSE, orgId: `org-${(made += 1)}`, name: 'Name', partnerId: 'carrier' })
          return bucket.putIfAbsent(object)
        },
      }
      const { head, objects } = await writeJournal(retention, busy, null)
      expect({ objects, made }).toEqual({ objects: 1, made: 1 })
      expect(new TextDecoder().decode(bucket.objects.get(journalKey(head?.sequence ?? 0)))).toContain('"kind":"claims"')
      expect(bucket.objects.size).toBe(wasThere + 1)
    })

    test('does not have made again what was purged in it, though only its manifest told of it', async () => {
      const { catalog, clock, recorder, retention } = await bench(make)
      await live(catalog, memoryBucket(), clock, [
        { kind: 'admin', userId: 'ann', what: 0 },
        { kind: 'admin', userId: 'ann', what: 2 },
        { kind: 'call', userId: 'ann', outcome: 'not-kept' },
      ])
      await catalog.db.updateTable('recordings').set({ from_manifest: 1 }).execute()
      expect(await knownCall(recorder, 'call-1')).toMatchObject({ endedRecordings: [] })
      await claimForPurge(retention, ['rec-call-1'])
      expect(await knownCall(recorder, 'call-1')).toMatchObject({ endedRecordings: ['rec-call-1'] })
    })

    test('has its journal from recorders and retention alike, whoever made the change', async () => {
      const { catalog, recorder, retention } = await bench(make)
      const bucket = memoryBucket()
      for (const [index, writer] of [recorder, retention, recorder].entries()) {
        await enableOrganization(catalog, { ...BECAUSE, orgId: `org-${index}`, name: 'Name', partnerId: 'carrier' })
        expect(await writeJournal(writer, bucket, null)).toMatchObject({ objects: 1, head: { sequence: index + 1 } })
      }
    })
  })
}

/** What a worker claimed before the catalog was lost. */
const CLAIMED = [{ recordingId: 'rec-call-1', callId: 'call-1', orgId: 'acme', ownerId: 'ann', reason: 'go-tier-expired', sizeBytes: 200, keys: [] }]

/** The database is made anew. */
export async function lose({ db }: Catalog): Promise<void> {
  for (const table of Object.keys(TENANCY) as (keyof Tables)[]) await db.deleteFrom(table).execute()
}

/** A database on a server costs a second. */
const RUNS = 10
