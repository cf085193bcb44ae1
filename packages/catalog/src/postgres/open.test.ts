import { createServer, type AddressInfo, type Server } from 'node:net'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isPassing } from '../failure.ts'
import { CatalogOpenError } from '../open.ts'
import { openPostgresCatalog } from '../postgres.ts'
import { claimPartition } from '../recorder.ts'
import { migratePostgresCatalog } from './migrate.ts'
import type { PostgresSettings } from './settings.ts'
import { NO_SERVER, TEST_PASSWORD, emptyDatabase, migratedDatabase, type TestDatabase } from './testing.ts'

const PASSWORD = 'hunter2'
/** For a condition on a busy machine. */
const WAIT = { timeout: 30_000 }

function at(url: string): PostgresSettings {
  return { url, poolSize: 2, statementTimeoutMs: 5_000, tls: null }
}

/** Why it can't be opened; the password is nowhere in it. */
async function refusal(settings: PostgresSettings): Promise<CatalogOpenError> {
  const error: unknown = await openPostgresCatalog(settings).then(
    (catalog) => catalog.close(),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof CatalogOpenError)) throw new Error(`no CatalogOpenError but ${String(error)}`)
  const told = `${error.message} ${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`
  for (const secret of [PASSWORD, TEST_PASSWORD, encodeURIComponent(TEST_PASSWORD)]) expect(told).not.toContain(secret)
  return error
}

async function closed(): Promise<number> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function withDatabase(make: () => Promise<TestDatabase>): Promise<TestDatabase> {
  const database = await make()
  onTestFinished(() => database.drop())
  return database
}

test('a server that is not there is named, and may be there later', async () => {
  const port = await closed()
  const error = await refusal(at(`postgres://me:${PASSWORD}@127.0.0.1:${port}/calls`))
  expect(error.message).toBe(`catalog 127.0.0.1:${port}/calls: the connection was refused; check that PostgreSQL runs there and listens on this address`)
  expect(isPassing(error)).toBe(true)
})

test('something that is no PostgreSQL is refused', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n').on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect((await refusal(at(`postgres://me:${PASSWORD}@127.0.0.1:${port}/calls`))).message).toContain(`127.0.0.1:${port}/calls`)
})

test.each([
  ['not a URL', 'can’t be read'],
  [`mysql://me:${PASSWORD}@db/calls`, 'must begin with postgres://, not mysql://'],
  [`postgres://me:${PASSWORD}@db`, 'names no database'],
  [`postgres://db/calls`, 'names no user'],
  [`postgres://me:${PASSWORD}%@db/calls`, 'a % that encodes nothing'],
  [`postgres://me:${PASSWORD}@db/calls?sslmode=disable`, 'sslmode is not understood: TLS has settings of its own'],
])('the address %s is refused', async (url, why) => {
  expect((await refusal(at(url))).message).toContain(why)
})

describe.skipIf(NO_SERVER)('opening', () => {
  test('a wrong password, a missing database and a server without TLS are told apart', async () => {
    const database = await withDatabase(migratedDatabase)
    const settings = database.settings('recorder')
    const url = new URL(settings.url)
    const place = `catalog ${url.hostname}:${url.port}/`
    url.pathname = '/there_is_none'
    const missing = await refusal({ ...settings, url: url.href })
    expect(missing.message).toBe(`${place}there_is_none: the database does not exist; create it first`)
    expect(isPassing(missing)).toBe(false)
    url.pathname = `/${database.name}`
    url.password = PASSWORD
    const wrong = await refusal({ ...settings, url: url.href })
    expect(wrong.message).toBe(`${place}${database.name}: the password of user ${url.username} is wrong`)
    expect(isPassing(wrong)).toBe(false)
    expect((await refusal({ ...settings, tls: { ca: null } })).message).toContain('does not support SSL')
  })

  test('a database without tables, of an older or of a newer version says what to do', async () => {
    const database = await withDatabase(emptyDatabase)
    const migrator = database.settings('migrator')
    expect((await refusal(migrator)).message).toMatch(/has no tables yet; run `twinreel catalog migrate`$/)
    await migratePostgresCatalog(migrator, { rolePrefix: database.rolePrefix })
    await database.run(`insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')`)
    expect((await refusal(migrator)).message).toContain('migrated by a newer version of this program (9999-later)')
    await expect(migratePostgresCatalog(migrator, { rolePrefix: database.rolePrefix })).rejects.toThrow(CatalogOpenError)
    await database.run('delete from kysely_migration')
    expect((await refusal(migrator)).message).toMatch(/older than this program \(0001-initial.*\); run `twinreel catalog migrate`$/)
  })

  test('migrated by many at once, it is migrated once', async () => {
    const database = await withDatabase(emptyDatabase)
    const options = { rolePrefix: database.rolePrefix }
    const reports = await Promise.all([1, 2, 3, 4].map(() => migratePostgresCatalog(database.settings('migrator'), options)))
    expect(reports.flatMap((report) => report.applied)).toEqual([...(reports[0]?.applied ?? []), ...(reports[0]?.already ?? [])])
    expect(reports[0]?.roles).toHaveLength(4)
    await (await openPostgresCatalog(database.settings('reader'))).close()
  })

  test('its clock is the database’s, and its numbers are numbers', async () => {
    const database = await withDatabase(migratedDatabase)
    const catalog = await openPostgresCatalog(database.settings('recorder'))
    onTestFinished(() => catalog.close())
    const { rows } = await sql<{ ms: string }>`select (extract(epoch from clock_timestamp()) * 1000)::text as ms`.execute(catalog.db)
    const nowMs = await catalog.nowMs()
    expect(Number.isSafeInteger(nowMs)).toBe(true)
    expect(nowMs).toBeGreaterThanOrEqual(Math.floor(Number(rows[0]?.ms)))
    const { rows: sizes } = await sql<{ big: number }>`select 9007199254740991::bigint as big`.execute(catalog.db)
    expect(sizes[0]?.big).toBe(Number.MAX_SAFE_INTEGER)
    await expect(sql`select 9007199254740993::bigint as big`.execute(catalog.db)).rejects.toThrow('too large')
  })

  test('connections that the server closes cost what ran on them, never the process', async () => {
    const database = await withDatabase(migratedDatabase)
    const catalog = await openPostgresCatalog({ ...database.settings('recorder'), poolSize: 3 })
    onTestFinished(() => catalog.close())
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}' and pid <> pg_backend_pid() and usename like '%_recorder'`
    const idle = (): Promise<unknown> => Promise.all([1, 2, 3].map(() => catalog.db.selectFrom('calls').select('call_id').execute()))
    await idle()
    await database.run(cut)
    await expect
      .poll(
        () =>
          idle().then(
            () => 'well',
            (error: unknown) => isPassing(error),
          ),
        WAIT,
      )
      .toBe('well')
    const inTransaction = catalog.db.transaction().execute(async (tx) => {
      await tx.selectFrom('calls').select('call_id').execute()
      await database.run(cut)
      await new Promise((resolve) => setImmediate(resolve))
      await tx.selectFrom('calls').select('call_id').execute()
    })
    expect(isPassing(await inTransaction.catch((error: unknown) => error))).toBe(true)
    await expect
      .poll(
        () =>
          claimPartition(catalog, { topic: 'calls', partition: 0, logIdentity: 'log', endOffset: 1_000 }).then(
            (claim) => claim.epoch,
            () => 0,
          ),
        WAIT,
      )
      .toBeGreaterThan(0)
  })

  test('who falls silent in a transaction loses it, and whoever waits for its rows gets them', async () => {
    const database = await withDatabase(migratedDatabase)
    const frozen = await openPostgresCatalog({ ...database.settings('recorder'), statementTimeoutMs: 300 })
    const next = await openPostgresCatalog(database.settings('recorder'))
    const locked = Promise.withResolvers<void>()
    const thawed = Promise.withResolvers<void>()
    onTestFinished(async () => {
      thawed.resolve()
      await frozen.close()
      await next.close()
    })
    const of = { topic: 'calls', partition: 0 }
    const { epoch } = await claimPartition(next, { ...of, logIdentity: 'log', endOffset: 1_000 })
    const held = frozen.db.transaction().execute(async (tx) => {
      await tx.selectFrom('partitions').select('epoch').forUpdate().execute()
      locked.resolve()
      await thawed.promise
      await tx.selectFrom('partitions').select('epoch').execute()
    })
    const outcome = held.catch((error: unknown) => error)
    await Promise.race([locked.promise, outcome])
    await expect.poll(() => claimPartition(next, { ...of, logIdentity: 'log', endOffset: 1_000 }).then((claim) => claim.epoch), WAIT).toBeGreaterThan(epoch)
    thawed.resolve()
    expect(isPassing(await outcome)).toBe(true)
  })

  test('a statement that took too long may work later, a wrong one not', async () => {
    const database = await withDatabase(migratedDatabase)
    const catalog = await openPostgresCatalog({ ...database.settings('recorder'), statementTimeoutMs: 100 })
    onTestFinished(() => catalog.close())
    expect(isPassing(await sql`select pg_sleep(60)`.execute(catalog.db).catch((error: unknown) => error))).toBe(true)
    expect(isPassing(await sql`select nonsense`.execute(catalog.db).catch((error: unknown) => error))).toBe(false)
  })
})
