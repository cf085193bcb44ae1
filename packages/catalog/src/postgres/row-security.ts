import { ORG_SETTING } from '../dialect.ts'
import type { Tables } from '../tables.ts'

/**
 * How a row tells its organization: by itself, through the user or the recording it belongs to, or not at all: such rows are the services' alone, or
 * everybody's who may look.
 */
type Tenancy = 'own' | 'user' | 'recording' | 'none' | 'everybody'

export const TENANCY: Readonly<Record<keyof Tables, Tenancy>> = {
  orgs: 'own',
  org_history: 'own',
  users: 'own',
  user_history: 'user',
  accounts: 'own',
  settings_history: 'user',
  tier_history: 'user',
  tier_changes: 'own',
  legal_holds: 'own',
  deletions: 'own',
  calls: 'own',
  policies: 'none',
  partitions: 'none',
  sessions: 'none',
  recordings: 'own',
  segments: 'recording',
  ledger: 'own',
  media_keys: 'none',
  dead_letters: 'none',
  outbox: 'none',
  retention_clock: 'everybody',
  retention_lease: 'none',
  retention_orgs: 'own',
  retention_halts: 'own',
  certificates: 'own',
  journal_entries: 'none',
  journal_objects: 'none',
  rebuilds: 'everybody',
}

/** The session's organization; null, which equals nothing, where none is set. */
const ORG = `nullif(current_setting('${ORG_SETTING}', true), '')`

function condition(table: keyof Tables): string | null {
  switch (TENANCY[table]) {
    case 'own':
      return `org_id = ${ORG}`
    case 'user':
      return `exists (select from users u where u.user_id = ${table}.user_id and u.org_id = ${ORG})`
    case 'recording':
      return `exists (select from recordings r where r.recording_id = ${table}.recording_id and r.org_id = ${ORG})`
    case 'none':
      return null
    case 'everybody':
      return 'true'
  }
}

/**
 * Every role but the owner sees and writes of a table only the rows of the organization that its transaction is held to (`withOrg`), and
 * without one none; who works across organizations has a policy of its own (https://www.postgresql.org/docs/current/ddl-rowsecurity.html).
 */
export function rowSecurity(table: keyof Tables): string[] {
  const rows = condition(table)
  return [
    `alter table ${table} enable row level security`,
    `drop policy if exists tenant on ${table}`,
    ...(rows === null ? [] : [`create policy tenant on ${table} using (${rows}) with check (${rows})`]),
  ]
}
