import { beforeEach, describe, expect, test } from 'vitest'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { moveTiers } from '@twinreel/catalog/accounts/tier-moves'
import { BECAUSE, START_MS, finishedRecordings } from '@twinreel/catalog/contract/setup'
import { findCertificate } from '@twinreel/catalog/certificates'
import { journalKey } from '@twinreel/catalog/journal/object'
import { journalHead, writeJournal, type JournalStore } from '@twinreel/catalog/journal/write'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { claimForPurge } from '@twinreel/catalog/retention'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { makeLogger } from '@twinreel/service/log'
import { crowd, leftOf } from '../crowd.ts'
import { keptBackAt } from '../kept-back.ts'
import { owedAt } from '../overdue.ts'
import { DUE_MS, put, recordings, world, type World, type WorldEngines } from '../world.ts'

/** The database or the bucket is not the right one, or the bucket says no: nothing wrong is deleted, and the run says what is wrong and what to do. */
export function wrongWaysContract(make?: () => Promise<WorldEngines>): void {
  describe('a run of retention that was started wrongly', () => {
    let made: World
    beforeEach(async () => {
      made = await world(make)
      await recordings(made, ['rec-1'])
      await writeJournal(made.catalog, made.store, null)
      made.clock.nowMs = DUE_MS
    })

    const wrong = (why: string) => ({ halted: 'wrong-catalog', haltedWhy: expect.stringContaining(why), claimed: 0, objects: 0 })

    test('with an empty catalog deletes nothing', async () => {
      const catalog = await made.another()
      const report = await made.run({ catalog })
      expect(report).toMatchObject(wrong('the catalog has never written a journal, and there is one in the bucket (journal/000000000001.jsonl)'))
      expect(report.haltedWhy).toContain('rebuild a catalog that was lost, or restored from a backup, with `twinreel catalog rebuild`')
      expect(await made.keys()).toHaveLength(3)
    })

    test('with an empty catalog beside recordings without a journal deletes nothing', async () => {
      await made.store.deleteMany([journalKey(1)])
      expect(await made.run({ catalog: await made.another() })).toMatchObject(wrong('the catalog is empty, and there are recordings in the bucket'))
      expect(await made.keys()).toHaveLength(3)
    })

    test('with another installation’s catalog deletes nothing, though that one names the same recordings', async () => {
      const catalog = await made.another()
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Another', partnerId: 'carrier' })
      const elsewhere = new Map<string, Uint8Array>()
      const bucket: JournalStore = {
        putIfAbsent: async ({ key, body }) => (elsewhere.set(key, body), { kind: 'written' }),
        head: async () => null,
        list: async () => ({ objects: [], next: null }),
        get: async (key) => elsewhere.get(key) ?? null,
      }
      await finishedRecordings(catalog, ['rec-1'], { status: 'not-kept', provisional: true })
      await writeJournal(catalog, bucket, null)
      expect(await made.run({ catalog })).toMatchObject(wrong('journal/000000000001.jsonl in the bucket is not what this catalog wrote'))
      expect(await made.keys()).toHaveLength(3)
    })

    test('with an older state of the catalog deletes nothing', async () => {
      const [before] = await made.catalog.db.selectFrom('journal_objects').selectAll().execute()
      await enableOrganization(made.catalog, { ...BECAUSE, orgId: 'new', name: 'New', partnerId: 'carrier' })
      await writeJournal(made.catalog, made.store, null)
      await made.catalog.db
        .updateTable('journal_objects')
        .set({ sequence: before?.sequence ?? 0, sha256: before?.sha256 ?? '' })
        .execute()
      expect(await made.run()).toMatchObject(wrong('goes on to journal/000000000002.jsonl, which this catalog did not write'))
      expect(await made.keys()).toHaveLength(3)
    })

    test('with another bucket deletes nothing', async () => {
      await made.store.deleteMany([journalKey((await journalHead(made.catalog))?.sequence ?? 0)])
      expect(await made.run()).toMatchObject(wrong('the bucket lacks journal/000000000001.jsonl, which this catalog wrote there'))
      expect(await made.keys()).toHaveLength(3)
    })

    test('with a claim that somebody wrote into the database deletes nothing of it, and says so each time', async () => {
      await recordings(made, ['rec-9'])
      await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-9' })
      await writeJournal(made.catalog, made.store, null)
      await made.catalog.db.updateTable('recordings').set({ claimed_at_ms: DUE_MS }).where('recording_id', '=', 'rec-9').execute()
      for (const purged of [1, 0]) {
        expect(await made.run()).toMatchObject({
          purged,
          resumed: 0,
          failed: [{ recordingId: 'rec-9', error: expect.stringContaining('no rule is named'), advice: expect.stringContaining('who wrote to the database') }],
        })
      }
      expect((await made.keys()).filter((key) => key.includes('/rec-9/'))).toHaveLength(3)
    })

    test('with a bucket that holds the journal and nothing of what the catalog keeps deletes nothing, and certifies nothing that was claimed before', async () => {
      await recordings(made, ['rec-2', 'rec-3'])
      await writeJournal(made.catalog, made.store, null)
      await claimForPurge(made.catalog, ['rec-3'])
      const keys = await made.keys()
      await made.store.deleteMany(keys)
      const emptied = await made.run()
      expect(emptied).toMatchObject({ halted: 'wrong-store', claimed: 0, resumed: 0, purged: 0 })
      expect(emptied.haltedWhy).toContain('the store has nothing of 2 recordings that the catalog keeps, such as recordings/acme/')
      expect(emptied.haltedWhy).toContain('mount what belongs below objects/')
      for (const key of keys) await put(made.store, key)
      expect(await made.run()).toMatchObject({ halted: null, resumed: 1, claimed: 2, purged: 3, missing: [] })
    })

    test('keeps and tells what is due and not there, and deletes the others; lost for good, it is certified as not found', async () => {
      await recordings(made, ['rec-2', 'rec-3'])
      const lost = (await made.keys()).filter((key) => key.includes('/rec-2/'))
      await made.store.deleteMany(lost)
      expect(await made.run()).toMatchObject({ halted: null, claimed: 2, purged: 2, kept: [], missing: ['rec-2'] })
      expect(await made.status('rec-2')).toBe('completed')
      expect(await made.run({ acceptMissing: 2 })).toMatchObject({ claimed: 0, missing: ['rec-2'] })
      expect(await made.run({ acceptMissing: 1 })).toMatchObject({ claimed: 1, purged: 1, missing: [] })
      const { document } = (await findCertificate(made.catalog, 'rec-2')) ?? {}
      expect(JSON.parse(document ?? '')).toMatchObject({ checked: { bucket: { found: 0, remaining: 0 } } })
    })

    test('goes on while others write the journal on, and when the last object is not in the bucket yet', async () => {
      let isWritten = false
      const busy: ObjectStore = {
        ...made.store,
        list: async (options) => {
          if (options.prefix === 'journal/' && !isWritten) {
            isWritten = true
            await enableOrganization(made.catalog, { ...BECAUSE, orgId: 'new', name: 'New', partnerId: 'carrier' })
            await writeJournal(made.catalog, made.store, null)
          }
          return made.store.list(options)
        },
      }
      await enableOrganization(made.catalog, { ...BECAUSE, orgId: 'newer', name: 'Newer', partnerId: 'carrier' })
      const refusing = { ...made.store, putIfAbsent: () => Promise.reject(new Error('no room')) }
      await expect(writeJournal(made.catalog, refusing, null)).rejects.toThrow('no room')
      expect(await made.run({ store: busy })).toMatchObject({ halted: null, purged: 1 })
    })

    test('with everybody on Go by a raw update of the accounts deletes nothing of those who pay, and says whose tier is unknown and what to do', async () => {
      const paid = { tier: 'standard', tierSinceMs: 0, endedMs: START_MS - GO_RETENTION_MS }
      await crowd(made, { orgId: 'big', users: 3, recordings: 2, ...paid })
      await writeJournal(made.catalog, made.store, null)
      await made.catalog.db.updateTable('accounts').set({ tier: 'go' }).execute()
      let lines = ''
      const log = makeLogger({ name: 'retention', destination: { write: (line) => void (lines += line) } })
      // Who was on Go before still is, and what is his goes.
      const unknownTiers = [{ orgId: 'big', owners: 3, recordings: 6 }]
      expect(await made.run({ log })).toMatchObject({ halted: null, haltedOrgs: [], claimed: 1, purged: 1, kept: [], unknownTiers })
      expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({
        level: 'error',
        orgId: 'big',
        count: 3,
        recordings: 6,
        msg: expect.stringMatching(/accounts say something else than tier histories; `twinreel tiers check` says whose and what to do/),
      })
      expect(await owedAt(made.retention, made.clock.nowMs)).toMatchObject({ oldestOverdueMs: 0, unknownTierOwners: 3 })
      // Dated back, by a change that was never made, or as an earlier row of the history says.
      const big = ['big-user-0-rec-0', 'big-user-2-rec-1']
      for (const forged of [{ tier_since_ms: 0 }, { tier_since_ms: START_MS, tier_change: 'change-1' }]) {
        await made.catalog.db.updateTable('accounts').set(forged).where('org_id', '=', 'big').execute()
        expect(await made.run()).toMatchObject({ haltedOrgs: [], claimed: 0, unknownTiers })
        expect(await claimForPurge(made.retention, big)).toEqual(big.map((recordingId) => ({ recordingId, kind: 'kept', why: 'unknown-tier' })))
      }
      await placeHold(made.catalog, { ...BECAUSE, orgId: 'big', subject: 'user', subjectId: 'big-user-0' })
      expect(await keptBackAt(made.retention, made.clock.nowMs)).toMatchObject({ heldDue: 0 })
      expect(await leftOf(made, 'big')).toBe(6)
      // As the message says: what was decided before is decided again, or the other way.
      await moveTiers(made.catalog, { ...BECAUSE, tier: 'standard', users: { userIds: ['big-user-1'] }, confirm: null })
      await moveTiers(made.catalog, { ...BECAUSE, tier: 'go', users: { userIds: ['big-user-0', 'big-user-2'] }, confirm: 2 })
      expect(await made.run()).toMatchObject({ claimed: 0, unknownTiers: [] })
      made.clock.nowMs += GO_RETENTION_MS
      expect(await made.run()).toMatchObject({ claimed: 2, unknownTiers: [] })
      expect(await leftOf(made, 'big')).toBe(4)
    })

    test('touches no object that lies among the recordings and is none of them', async () => {
      const foreign = ['recordings/acme/ann/notes.txt', 'recordings/acme/ann/rec-11/00000.wav', 'recordings/other.txt', 'recordings/rec-1/00000.wav']
      for (const key of foreign) await put(made.store, key)
      expect(await made.run()).toMatchObject({ purged: 1, objects: 3 })
      expect(await made.keys()).toEqual(foreign)
    })

    test('where the bucket denies a deletion says which key, which right is missing and what to do; others go, and it asks less and less often', async () => {
      await recordings(made, ['rec-2'])
      const denied = 'recordings/acme/ann/rec-1/00000.wav'
      let askings = 0
      const denying: ObjectStore = {
        ...made.store,
        deleteMany: async (keys) => {
          if (keys.includes(denied)) askings += 1
          const outcomes = await made.store.deleteMany(keys.filter((key) => key !== denied))
          return keys.includes(denied)
            ? [...outcomes, { key: denied, deleted: false, error: 'the store did not delete it: AccessDenied', retriable: false }]
            : outcomes
        },
      }
      const advice = expect.stringContaining('s3:DeleteObject')
      expect(await made.run({ store: denying })).toMatchObject({ claimed: 2, purged: 1, failed: [{ recordingId: 'rec-1', key: denied, advice }] })
      expect(await made.run({ store: denying })).toMatchObject({ resumed: 1, failed: [{ key: denied }], waiting: 1 })
      for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
        askings = 0
        made.clock.nowMs += minutes * 60_000 - 1
        expect(await made.run({ store: denying })).toMatchObject({ resumed: 0, waiting: 1 })
        expect(askings).toBe(0)
        made.clock.nowMs += 1
        expect(await made.run({ store: denying })).toMatchObject({ resumed: 1, failed: [{ key: denied }] })
      }
      expect(await made.run({ retryAll: true })).toMatchObject({ resumed: 1, purged: 1, waiting: 0 })
      expect(await made.keys()).toEqual([])
    })

    test('where the store is away goes on as soon as it is back', async () => {
      const away = (): Promise<never> => Promise.reject(new StoreError('connection refused', { retriable: true }))
      const down = { ...made.store, deleteMany: away, remains: away }
      for (let n = 0; n < 5; n += 1) expect(await made.run({ store: down })).toMatchObject({ purged: 0, waiting: 0, failed: [{ key: null, advice: null }] })
      expect(await made.run()).toMatchObject({ claimed: 1, purged: 1 })
      await expect(made.run({ store: { ...made.store, head: away } })).resolves.toMatchObject({ halted: null })
    })
  })
}
