import { sql } from 'kysely'
import type { Catalog } from '../open.ts'
import type { Tables } from '../tables.ts'

/** What a rebuild must give back, table by table, and what of it it need not: the only exceptions there are. */
const COMPARED = {
  orgs: 'true',
  org_history: 'true',
  users: 'true',
  user_history: 'true',
  accounts: 'true',
  settings_history: 'true',
  tier_history: 'true',
  tier_changes: 'true',
  legal_holds: 'true',
  deletions: 'true',
  retention_halts: 'true',
  certificates: 'true',
  policies: 'true',
  ledger: 'true',
  // What is going on is in the log.
  calls: 'ended_log_ms is not null',
  recordings: 'ended_log_ms is not null',
  segments: 'recording_id in (select recording_id from recordings where ended_log_ms is not null)',
} as const satisfies Partial<Record<keyof Tables, string>>

/** When the store is looked at again after a purge, and how often it refused, begins anew. */
const LEFT_OUT: ReadonlySet<string> = new Set(['next_look_ms', 'looks', 'purge_failures', 'retry_at_ms'])

/** A catalog's rows by table, in one order: two catalogs that say the same have equal dumps. */
export async function dump({ db }: Catalog, leftOut: readonly string[] = []): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {}
  for (const [table, condition] of Object.entries(COMPARED)) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} where ${sql.raw(condition)}`.execute(db)
    tables[table] = rows
      .map((row) =>
        JSON.stringify(
          Object.entries(row)
            .filter(([column]) => !LEFT_OUT.has(column) && !leftOut.includes(column))
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        ),
      )
      .toSorted()
  }
  return tables
}
