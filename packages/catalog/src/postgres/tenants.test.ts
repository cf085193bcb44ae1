import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { AccountError } from '../accounts/account-error.ts'
import { settingsHistory } from '../accounts/history.ts'
import { enableOrganization, showOrganization } from '../accounts/organizations.ts'
import { changeSettings, switchRecordingOff, switchRecordingOn } from '../accounts/recording-switch.ts'
import { listUsers, showUser } from '../accounts/show.ts'
import { moveTiers } from '../accounts/tier-moves.ts'
import { changeTier } from '../accounts/tiers.ts'
import { addUser } from '../accounts/users.ts'
import { BECAUSE, assigned, ended, segment, started } from '../contract/setup.ts'
import { listLedger } from '../ledger.ts'
import { deleteRecordings, restoreRecordings } from '../deletions.ts'
import { eraseUser } from '../erasures.ts'
import { findHolds, listHolds, placeHold, placeHolds, releaseHold, releaseMatter } from '../legal-holds.ts'
import type { Catalog } from '../open.ts'
import { openPostgresCatalog } from '../postgres.ts'
import { commit } from '../recorder.ts'
import type { RecorderChange } from '../recorder-changes.ts'
import { listRecordings, showRecording } from '../recordings.ts'
import { withOrg } from '../with-org.ts'
import type { ServiceRole } from './privileges.ts'
import { TENANCY } from './row-security.ts'
import { NO_SERVER, migratedDatabase, type TestDatabase } from './testing.ts'

const LISTED = Object.entries(TENANCY).flatMap(([table, tenancy]) => (tenancy === 'none' || tenancy === 'everybody' ? [] : [table]))

describe.skipIf(NO_SERVER)('tenants', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await migratedDatabase()
  })
  afterAll(() => database.drop())

  async function as(role: ServiceRole | 'migrator'): Promise<Catalog> {
    const catalog = await openPostgresCatalog(database.settings(role))
    onTestFinished(() => catalog.close())
    return catalog
  }

  /** Two organizations with a user each, who has one recording; all of it made through the roles that make it. */
  async function twoOrgs(): Promise<{ api: Catalog; reader: Catalog; recorder: Catalog }> {
    await database.empty()
    const [api, reader, recorder] = [await as('api'), await as('reader'), await as('recorder')]
    const owner = await as('migrator')
    const of = await assigned(recorder)
    for (const [orgId, userId] of [
      ['acme', 'ann'],
      ['rival', 'rob'],
    ] as const) {
      await withOrg(api, orgId, async (scoped) => {
        await enableOrganization(scoped, { ...BECAUSE, orgId, name: orgId, partnerId: 'carrier' })
        await addUser(scoped, { ...BECAUSE, userId, orgId, licence: 'basic' })
        await switchRecordingOn(scoped, { ...BECAUSE, userId, settings: { mode: 'always' } })
        await placeHold(scoped, { ...BECAUSE, orgId, subject: 'user', subjectId: userId })
      })
      const callId = `call-${userId}`
      const open: RecorderChange = { kind: 'call.opened', callId, orgId, callType: null, direction: null, correlationId: null, offset: 0 }
      const entry: RecorderChange = { kind: 'ledger', callId, ownerId: userId, orgId, outcome: { outcome: 'recorded' }, lateMs: 0, announce: null }
      const id = `rec-${userId}`
      await madeElsewhere(owner.db, orgId, id)
      await commit(recorder, of, [open, { ...started(id, { ownerId: userId, callId }), orgId } as RecorderChange, segment(id, 0), ended(id), entry])
    }
    return { api, reader, recorder }
  }

  /** A row in each table that retention, or a command over many users, writes. */
  async function madeElsewhere(db: Catalog['db'], orgId: string, recordingId: string): Promise<void> {
    const id = { org_id: orgId, subject: 'recording', subject_id: recordingId, ...BECAUSE } as const
    const never = { restored_at_ms: null, restored_by: null, restore_reason: null }
    await db
      .insertInto('deletions')
      .values({ deletion_id: orgId, kind: 'user-deletion', requested_at_ms: 0, due_at_ms: 1, ...id, ...never })
      .execute()
    await db
      .insertInto('tier_changes')
      .values({ change_id: orgId, org_id: orgId, tier: 'go', user_count: 1, recording_count: 1, made_at_ms: 0, ...BECAUSE })
      .execute()
    await db.insertInto('retention_orgs').values({ org_id: orgId, caught_up_ms: 0 }).execute()
    const confirmed = { confirmed_count: null, confirmed_at_ms: null, confirmed_by: null, confirm_reason: null, lifted_at_ms: null }
    await db
      .insertInto('retention_halts')
      .values({ halt_id: orgId, org_id: orgId, halted_at_ms: 0, due_count: 1, total_count: 1, ...confirmed })
      .execute()
    const sequence = orgId === 'acme' ? 1 : 2
    await db
      .insertInto('certificates')
      .values({ sequence, recording_id: recordingId, org_id: orgId, made_at_ms: 0, document: '{}', sha256: '', key_id: null, signature: null })
      .execute()
  }

  async function counts(db: Catalog['db']): Promise<Record<string, number>> {
    const found: Record<string, number> = {}
    for (const table of LISTED) {
      const { rows } = await sql<{ n: number }>`select count(*) as n from (select 1 from ${sql.table(table)}) as rows`.execute(db)
      found[table] = rows[0]?.n ?? -1
    }
    return found
  }

  test('held to an organization, a session sees its rows in every table, and without one none', async () => {
    const { api, reader, recorder } = await twoOrgs()
    for (const catalog of [api, reader]) {
      const one = await withOrg(catalog, 'acme', (scoped) => counts(scoped.db))
      expect(one).toEqual(Object.fromEntries(LISTED.map((table) => [table, 1])))
      expect(await withOrg(catalog, 'nobody', (scoped) => counts(scoped.db))).toEqual(Object.fromEntries(LISTED.map((table) => [table, 0])))
      expect(await counts(catalog.db)).toEqual(Object.fromEntries(LISTED.map((table) => [table, 0])))
    }
    expect(await listRecordings({ ...recorder, db: (await as('migrator')).db })).toHaveLength(2)
  })

  test('what people look at shows their organization’s alone, whatever they ask for', async () => {
    const { reader } = await twoOrgs()
    await withOrg(reader, 'acme', async (scoped) => {
      expect((await listUsers(scoped)).map((user) => [user.userId, user.settings?.mode])).toEqual([['ann', 'always']])
      expect(await showUser(scoped, 'rob')).toBeNull()
      expect(await listUsers(scoped, 'rival')).toEqual([])
      expect((await listRecordings(scoped)).map((recording) => [recording.recordingId, recording.tier, recording.legalHold])).toEqual([['rec-ann', 'go', true]])
      expect(await showRecording(scoped, 'rec-rob')).toBeNull()
      expect((await showRecording(scoped, 'rec-ann'))?.objects).toHaveLength(1)
      expect((await listLedger(scoped)).map((entry) => entry.ownerId)).toEqual(['ann'])
      expect(await listHolds(scoped, 'rival')).toEqual([])
      expect(await settingsHistory(scoped, 'rob')).toEqual([])
      expect(await showOrganization(scoped, 'rival')).toBeNull()
    })
  })

  test('a wrong organization can’t be written to', async () => {
    const { api } = await twoOrgs()
    const owner = await as('migrator')
    const holdId = (await listHolds(owner, 'rival'))[0]?.holdId ?? ''
    const attempts: ((scoped: Catalog) => Promise<unknown>)[] = [
      (scoped) => changeTier(scoped, { ...BECAUSE, userId: 'rob', tier: 'ai' }),
      (scoped) => changeSettings(scoped, { ...BECAUSE, userId: 'rob', settings: { mode: 'never' } }),
      (scoped) => switchRecordingOff(scoped, { ...BECAUSE, userId: 'rob' }),
      (scoped) => addUser(scoped, { ...BECAUSE, userId: 'new', orgId: 'rival', licence: 'basic' }),
      (scoped) => addUser(scoped, { ...BECAUSE, userId: 'rob', orgId: 'acme', licence: 'basic' }),
      (scoped) => enableOrganization(scoped, { ...BECAUSE, orgId: 'third', name: 'Third', partnerId: 'carrier' }),
      (scoped) => placeHold(scoped, { ...BECAUSE, orgId: 'rival', subject: 'user', subjectId: 'rob' }),
      (scoped) => releaseHold(scoped, { ...BECAUSE, holdId }),
      (scoped) => releaseMatter(scoped, { ...BECAUSE, orgId: 'rival', matter: 'case' }),
      (scoped) => moveTiers(scoped, { ...BECAUSE, tier: 'ai', users: { orgId: 'rival' }, confirm: null }),
      (scoped) => deleteRecordings(scoped, { ...BECAUSE, by: 'admin', recordingIds: ['rec-rob'] }),
      (scoped) => restoreRecordings(scoped, { ...BECAUSE, recordingIds: ['rec-rob'] }),
      (scoped) => eraseUser(scoped, { ...BECAUSE, userId: 'rob', confirm: 1 }),
      (scoped) => sql`insert into tier_history (user_id, sequence, from_ms, tier, actor, reason) values ('rob', 9, 0, 'ai', 'x', 'y')`.execute(scoped.db),
      (scoped) => sql`update accounts set user_id = 'rob'`.execute(scoped.db),
    ]
    for (const attempt of attempts) await expect(withOrg(api, 'acme', attempt)).rejects.toThrow(/unknown|no legal hold|row-level security|permission denied/)
    for (const attempt of attempts) await expect(attempt(api)).rejects.toThrow(/unknown|no legal hold|row-level security|permission denied/)
    await withOrg(api, 'acme', (scoped) => sql`update accounts set tier = 'ai'`.execute(scoped.db))
    expect((await listUsers(owner)).map((user) => [user.userId, user.account?.tier])).toEqual([
      ['ann', 'ai'],
      ['rob', 'go'],
    ])
    expect(await listHolds(owner, 'rival')).toMatchObject([{ releasedAtMs: null }])
  })

  test('of its own people and recordings the service of people does all there is to do', async () => {
    const { api } = await twoOrgs()
    const owner = await as('migrator')
    await withOrg(api, 'acme', async (scoped) => {
      await moveTiers(scoped, { ...BECAUSE, tier: 'standard', users: { userIds: ['ann', 'rob'] }, confirm: null })
      const placed = await placeHolds(scoped, { ...BECAUSE, orgId: 'acme', matter: 'case', subjects: [{ subject: 'recording', subjectId: 'rec-ann' }] })
      expect(await releaseMatter(scoped, { ...BECAUSE, orgId: 'acme', matter: 'case' })).toEqual(placed.map(({ holdId }) => holdId))
      expect(await findHolds(scoped, {})).toMatchObject([{ orgId: 'acme', subjectId: 'ann' }])
      expect(await deleteRecordings(scoped, { ...BECAUSE, by: 'admin', recordingIds: ['rec-ann'] })).toMatchObject([{ kind: 'in-bin', isHeld: true }])
      expect(await restoreRecordings(scoped, { ...BECAUSE, recordingIds: ['rec-ann'] })).toMatchObject([{ kind: 'restored' }])
      expect(await eraseUser(scoped, { ...BECAUSE, userId: 'ann', confirm: 1 })).toMatchObject({ held: 1 })
      await switchRecordingOn(scoped, { ...BECAUSE, userId: 'ann', settings: {} })
    })
    expect((await listUsers(owner)).map((user) => [user.userId, user.account?.tier])).toEqual([
      ['ann', 'standard'],
      ['rob', 'go'],
    ])
    expect((await showRecording(owner, 'rec-rob'))?.inBin).toBe(false)
  })

  test('the organization of one transaction is not that of the next on the same connection', async () => {
    await twoOrgs()
    const one = await openPostgresCatalog({ ...database.settings('reader'), poolSize: 1 })
    onTestFinished(() => one.close())
    expect(await withOrg(one, 'acme', listUsers)).toHaveLength(1)
    expect(await listUsers(one)).toEqual([])
    await expect(withOrg(one, 'acme', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await listUsers(one)).toEqual([])
  })

  test('a change that failed leaves nothing behind, also when the rest goes on', async () => {
    const { api } = await twoOrgs()
    await withOrg(api, 'acme', async (scoped) => {
      await expect(changeTier(scoped, { ...BECAUSE, userId: 'rob', tier: 'ai' })).rejects.toThrow(AccountError)
      const third = enableOrganization(scoped, { ...BECAUSE, orgId: 'third', name: 'Third', partnerId: 'carrier' })
      await expect(third).rejects.toThrow('row-level security')
      await changeTier(scoped, { ...BECAUSE, userId: 'ann', tier: 'standard' })
    })
    expect(await withOrg(api, 'acme', (scoped) => showUser(scoped, 'ann'))).toMatchObject({ account: { tier: 'standard' } })
    const both = withOrg(api, 'acme', async (scoped) => {
      await changeTier(scoped, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      await changeTier(scoped, { ...BECAUSE, userId: 'rob', tier: 'ai' })
    })
    await expect(both).rejects.toThrow('user rob is unknown')
    expect(await withOrg(api, 'acme', (scoped) => showUser(scoped, 'ann'))).toMatchObject({ account: { tier: 'standard' } })
    await expect(withOrg(api, '../acme', listUsers)).rejects.toThrow('orgId')
    await expect(withOrg(api, 'acme', (scoped) => withOrg(scoped, 'rival', listUsers))).rejects.toThrow('can’t be held to another')
  })
})
