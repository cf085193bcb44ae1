import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { enableOrganization, listOrganizations } from '../accounts/organizations.ts'
import { BECAUSE } from '../contract/setup.ts'
import type { Catalog } from '../open.ts'
import { openPostgresCatalog } from '../postgres.ts'
import { withOrg } from '../with-org.ts'
import { migratePostgresCatalog } from './migrate.ts'
import type { ServiceRole } from './privileges.ts'
import { rolesSql } from './roles.ts'
import { NO_SERVER, migratedDatabase, type TestDatabase } from './testing.ts'

describe.skipIf(NO_SERVER)('roles', () => {
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

  /** What the database answers a role that tries this: the SQLSTATE of its refusal, or `done`. */
  async function attempt(role: ServiceRole, statement: string): Promise<string> {
    const { db } = await as(role)
    return sql
      .raw(statement)
      .execute(db)
      .then(
        () => 'done',
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
      )
  }
  const REFUSED = '42501'

  test.each<[ServiceRole, string]>([
    ['recorder', `update accounts set tier = 'standard'`],
    ['recorder', `insert into tier_history (user_id, sequence, from_ms, tier, actor, reason) values ('ann', 2, 0, 'ai', 'x', 'y')`],
    ['recorder', `insert into settings_history (user_id, sequence, from_ms, actor, reason) values ('ann', 2, 0, 'x', 'y')`],
    ['recorder', `update orgs set enabled = 1`],
    ['recorder', `update recordings set claimed_at_ms = 0`],
    ['recorder', `update recordings set owner_id = 'bob'`],
    ['recorder', `delete from recordings`],
    ['recorder', `update segments set sha256 = ''`],
    ['recorder', `delete from segments`],
    ['recorder', `update policies set policy = null`],
    ['recorder', `delete from legal_holds`],
    ['recorder', `select * from legal_holds`],
    ['recorder', `select display_name from users`],
    ['retention', `insert into settings_history (user_id, sequence, from_ms, actor, reason) values ('ann', 2, 0, 'x', 'y')`],
    ['retention', `update accounts set tier = 'go'`],
    ['retention', `update legal_holds set released_at_ms = 0`],
    ['retention', `update recordings set ended_log_ms = 0`],
    ['retention', `delete from recordings`],
    ['retention', `delete from outbox`],
    ['retention', `select * from policies`],
    ['retention', `select * from sessions`],
    ['retention', `insert into tier_changes values ('c', 'acme', 'go', 1, 1, 'x', 'y', 0)`],
    ['retention', `update tier_changes set recording_count = 9`],
    ['retention', `insert into deletions values ('d', 'acme', 'user', 'ann', 'erasure', 0, 0, 'x', 'y', null, null, null)`],
    ['retention', `update deletions set restored_at_ms = 0`],
    ['retention', `update retention_halts set confirmed_count = due_count`],
    ['retention', `update certificates set document = ''`],
    ['retention', `delete from certificates`],
    ['api', `update retention_halts set due_count = 1`],
    ['api', `update retention_halts set lifted_at_ms = 0`],
    ['recorder', `select * from deletions`],
    ['recorder', `update recordings set deletion_id = 'd'`],
    ['recorder', `update recordings set deletion_due_ms = null`],
    ['recorder', `select * from tier_changes`],
    ['api', `update deletions set due_at_ms = 0`],
    ['api', `update deletions set actor = 'z'`],
    ['api', `delete from deletions`],
    ['api', `update tier_changes set recording_count = 9`],
    ['api', `update tier_history set actor = 'z'`],
    ['api', `update legal_holds set matter = null`],
    ['api', `update recordings set claimed_at_ms = null`],
    ['reader', `update recordings set deletion_id = null`],
    ['reader', `insert into deletions values ('d', 'acme', 'user', 'ann', 'erasure', 0, 0, 'x', 'y', null, null, null)`],
    ['retention', `select * from users`],
    ['retention', `select wrapped_key from media_keys`],
    ['reader', `select * from media_keys`],
    ['api', `insert into rebuilds (rebuild, began_at_ms) values ('catalog', 0)`],
    ['api', `update recordings set status = 'purged'`],
    ['api', `insert into outbox (topic, key, headers, value) values ('a', 'b', 'c', 'd')`],
    ['api', `select * from policies`],
    ['api', `update partitions set epoch = 0`],
    ['api', `update users set org_id = 'rival'`],
    ['api', `delete from settings_history`],
    ['reader', `select id_namespace from orgs`],
    ['reader', `select * from orgs`],
    ['reader', `select * from policies`],
    ['reader', `select * from sessions`],
    ['reader', `update orgs set enabled = 0`],
    ['reader', `insert into users values ('ann', 'acme', null, null, 0)`],
    ['reader', `delete from recordings`],
    ['reader', `create table mine (id text)`],
    ['recorder', `drop table recordings`],
    ['recorder', `alter table recordings disable row level security`],
    ['api', `alter role current_user superuser`],
  ])('the %s may not: %s', async (role, statement) => {
    expect(await attempt(role, statement)).toBe(REFUSED)
  })

  test('what a reader is shown of organizations is all but their secret', async () => {
    const owner = await as('migrator')
    await enableOrganization(owner, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
    const reader = await as('reader')
    expect(await withOrg(reader, 'acme', listOrganizations)).toMatchObject([{ orgId: 'acme', name: 'Acme' }])
    expect(await listOrganizations(reader)).toEqual([])
  })

  test('the SQL is the same each time, may be run again, and sets no password', async () => {
    const script = rolesSql({ database: database.name, prefix: database.rolePrefix })
    await database.run(script)
    expect(await migratePostgresCatalog(database.settings('migrator'), { rolePrefix: database.rolePrefix })).toMatchObject({ applied: [] })
    expect(await attempt('recorder', `update accounts set tier = 'standard'`)).toBe(REFUSED)
    expect(script).not.toMatch(/password '/)
    expect(rolesSql({ database: 'twinreel' })).toContain('create role "twinreel_recorder" login')
  })

  test('a table that nobody thought of is closed to every role', async () => {
    const { rows } = await sql<{ relname: string }>`
      select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`.execute((await as('migrator')).db)
    expect(rows.map((row) => row.relname).toSorted()).toEqual(['kysely_migration', 'kysely_migration_lock'])
  })
})
