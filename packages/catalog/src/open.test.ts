import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openCatalog } from './open.ts'
import { takeOutbox } from './outbox.ts'

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'catalog-open-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

test('a file that is no database is refused by its path', async () => {
  const path = join(await directory(), 'catalog.db')
  await writeFile(path, 'these are minutes of a meeting, not a database\n'.repeat(100))
  await expect(openCatalog({ path })).rejects.toThrow(`catalog ${path}: the file is not an SQLite database; restore it from a backup`)
})

test('a damaged file is refused by its path', async () => {
  const path = join(await directory(), 'catalog.db')
  await (await openCatalog({ path })).close()
  const bytes = await readFile(path)
  // SQLite's header is 100 bytes; the schema follows it.
  await writeFile(path, bytes.fill(0xff, 100, 4_096))
  await expect(openCatalog({ path })).rejects.toThrow(`catalog ${path}: the file is damaged`)
})

test('a catalog of a newer version is refused', async () => {
  const path = join(await directory(), 'catalog.db')
  const catalog = await openCatalog({ path })
  await catalog.close()
  const database = new DatabaseSync(path)
  database.exec(`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01T00:00:00.000Z')`)
  database.close()
  await expect(openCatalog({ path })).rejects.toThrow('written by another version')
})

test('what one connection committed another process reads, and processes that open and write at once wait for each other', async () => {
  const path = join(await directory(), 'catalog.db')
  const program = `
    import { openCatalog } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)}
    import { claimPartition } from ${JSON.stringify(new URL('./recorder.ts', import.meta.url).href)}
    const catalog = await openCatalog({ path: ${JSON.stringify(path)}, clock: () => 1 })
    for (let i = 0; i < 20; i += 1) await claimPartition(catalog, { topic: 'calls', partition: 0, logIdentity: 'log-1', endOffset: 1_000 })
    await catalog.close()
  `
  const run = (): Promise<unknown> => promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', program])
  await Promise.all([run(), run(), run()])
  const catalog = await openCatalog({ path })
  onTestFinished(() => catalog.close())
  expect(await catalog.db.selectFrom('partitions').select('epoch').execute()).toEqual([{ epoch: 60 }])
})

test('catalogs in memory share nothing', async () => {
  const [one, two] = [await openCatalog({ path: ':memory:' }), await openCatalog({ path: ':memory:' })]
  onTestFinished(async () => {
    await one.close()
    await two.close()
  })
  for (let n = 0; n < 1_000; n += 1)
    await one.db
      .insertInto('outbox')
      .values({ topic: 'recordings', key: `key-${n}`, headers: '{}', value: 'x'.repeat(1_000) })
      .execute()
  expect(await takeOutbox(one, 5_000)).toHaveLength(1_000)
  expect(await takeOutbox(two, 5_000)).toEqual([])
})

test('a transaction that the disk had no room for fails with that, and the next one works', async () => {
  const catalog = await openCatalog({ path: join(await directory(), 'catalog.db') })
  onTestFinished(() => catalog.close())
  await sql`pragma max_page_count = 1`.execute(catalog.db)
  const write = (value: string): Promise<unknown> =>
    catalog.db.transaction().execute((tx) => tx.insertInto('outbox').values({ topic: 'recordings', key: 'key', headers: '{}', value }).execute())
  await expect(write('x'.repeat(1_000_000))).rejects.toThrow('database or disk is full')
  await sql`pragma max_page_count = 100000`.execute(catalog.db)
  await write('small')
  expect(await takeOutbox(catalog, 10)).toHaveLength(1)
})
