import { sql, type CompiledQuery } from 'kysely'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'

export interface ReusedCatalog {
  catalog: Catalog
  /** Puts everything back to how it was when this was made. */
  reset(): Promise<void>
}

/** A catalog in memory that many worlds use one after the other: what it has prepared once need not be prepared for each. `fill` gives it what all of them begin with. */
export async function reusedCatalog(clock: () => number, fill: (catalog: Catalog) => Promise<void>): Promise<ReusedCatalog> {
  const catalog = await openCatalog({ path: ':memory:', clock })
  await fill(catalog)
  const { db } = catalog
  const raw = (text: string): CompiledQuery => sql.raw(text).compile(db)
  const tables = await sql<{
    name: string
  }>`select name from sqlite_schema where type = 'table' and name not like 'sqlite%' and name not like 'kysely%'`.execute(db)
  const statements: CompiledQuery[] = []
  for (const { name } of tables.rows.toSorted(journalLast)) {
    statements.push(raw(`delete from ${name}`))
    await db.executeQuery(raw(`create temporary table first_${name} as select * from ${name}`))
    const { rows } = await sql.raw(`select 1 from ${name} limit 1`).execute(db)
    if (rows.length > 0) statements.push(raw(`insert into ${name} select * from first_${name}`))
  }
  return {
    catalog,
    async reset() {
      await db.transaction().execute(async (tx) => {
        for (const statement of statements) await tx.executeQuery(statement)
      })
    },
  }
}

/** What is written to other tables goes into the journal too. */
function journalLast(a: { name: string }, b: { name: string }): number {
  return Number(a.name === 'journal_entries') - Number(b.name === 'journal_entries')
}
