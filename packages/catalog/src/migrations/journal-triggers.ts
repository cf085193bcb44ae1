import type { CatalogDialect } from '../dialect.ts'

type Event = 'insert' | 'update'

interface Journaled {
  table: string
  on: Event
  /** What of the change is told, and which changes are; every one unless said. */
  kind?: string
  when?: string
  /** The columns told; all unless said. */
  columns?: readonly string[]
  /** What is told beside them, by name. */
  also?: Readonly<Record<string, { sqlite: string; postgres: string }>>
}

/** What administrators write: each row of these as it is written. */
const ADMINISTRATIVE = [
  'orgs',
  'org_history',
  'users',
  'user_history',
  'accounts',
  'settings_history',
  'tier_history',
  'tier_changes',
  'legal_holds',
  'deletions',
] as const

/** What a certificate of deletion names: which objects, with which hashes. What they told of the call stays in the manifest, which goes with them. */
const SEGMENT = ['segment_index', 'key', 'sha256', 'size_bytes', 'from_ms', 'to_ms'] as const
// An entry is a line of the journal: json_agg of json_build_object breaks none, while of rows or arrays it would put each on a line of its own.
const SEGMENTS = {
  sqlite: `json((select coalesce(json_group_array(json_object(${SEGMENT.map((column) => `'${column}', s.${column}`).join(', ')}) order by s.segment_index), '[]') from segments s where s.recording_id = new.recording_id))`,
  postgres: `(select coalesce(json_agg(json_build_object(${SEGMENT.map((column) => `'${column}', s.${column}`).join(', ')}) order by s.segment_index), '[]') from segments s where s.recording_id = new.recording_id)`,
}
const LOG_IDENTITY = '(select p.log_identity from partitions p where p.topic = new.topic and p.partition = new.partition)'

const JOURNALED: readonly Journaled[] = [
  ...ADMINISTRATIVE.flatMap((table): Journaled[] => [
    { table, on: 'insert' },
    { table, on: 'update' },
  ]),
  // Calls while they go on are in the log; what is told is how they ended.
  { table: 'policies', on: 'insert' },
  { table: 'calls', on: 'update', when: 'new.ended_log_ms is distinct from old.ended_log_ms or new.over_offset is distinct from old.over_offset' },
  { table: 'ledger', on: 'insert' },
  { table: 'ledger', on: 'update' },
  {
    table: 'recordings',
    on: 'update',
    when: 'new.ended_log_ms is not null and (old.ended_log_ms is null or new.from_manifest <> old.from_manifest)',
    also: { segments: SEGMENTS },
  },
  { table: 'dead_letters', on: 'insert', also: { log_identity: { sqlite: LOG_IDENTITY, postgres: LOG_IDENTITY } } },
  { table: 'retention_halts', on: 'insert' },
  { table: 'retention_halts', on: 'update' },
  {
    table: 'recordings',
    on: 'update',
    kind: 'deletion_marks',
    when: 'new.deletion_id is distinct from old.deletion_id and new.ended_log_ms is not null',
    columns: ['recording_id', 'deletion_id', 'deletion_due_ms'],
  },
  {
    table: 'recordings',
    on: 'update',
    kind: 'claims',
    when: 'new.claimed_at_ms is not null and old.claimed_at_ms is null',
    columns: ['recording_id', 'due_at_ms', 'claimed_at_ms', 'claim_reason', 'claim_cause'],
  },
  {
    table: 'recordings',
    on: 'update',
    kind: 'purges',
    when: 'new.purged_at_ms is not null and old.purged_at_ms is null',
    columns: ['recording_id', 'purged_at_ms'],
  },
  { table: 'certificates', on: 'insert' },
]

/**
 * Whatever is written to a journaled table, by whatever code and role, becomes an entry of the journal in the same transaction: a function
 * that changes an account can't forget it. docs/adr/0011.
 */
export function journalTriggers(dialect: CatalogDialect, columnsOf: ReadonlyMap<string, readonly string[]>): string[] {
  return JOURNALED.flatMap((journaled) => {
    const columns = journaled.columns ?? columnsOf.get(journaled.table) ?? []
    const name = `journal_${journaled.kind ?? journaled.table}_${journaled.on}`
    switch (dialect.name) {
      case 'sqlite':
        return [sqliteTrigger(name, journaled, columns)]
      case 'postgres':
        return postgresTrigger(name, journaled, columns)
    }
  })
}

function sqliteTrigger(name: string, { table, on, kind = table, when, also = {} }: Journaled, columns: readonly string[]): string {
  const fields = [...columns.map((column) => `'${column}', new.${column}`), ...Object.entries(also).map(([field, { sqlite }]) => `'${field}', ${sqlite}`)]
  return `create trigger ${name} after ${on} on ${table} ${when === undefined ? '' : `when ${when} `}begin
    insert into journal_entries (kind, entry) values ('${kind}', json_object(${fields.join(', ')}));
  end`
}

/**
 * The function is run as its owner, who alone may write entries: roles need not be trusted with them. What is inserted is told by the statement,
 * which is cheaper for many; what is changed row by row, for who changes one row in many, as recorders do, would pay for those that are not told.
 */
function postgresTrigger(name: string, { table, on, kind = table, when, also = {} }: Journaled, columns: readonly string[]): string[] {
  const fields = [...columns.map((column) => `'${column}', new.${column}`), ...Object.entries(also).map(([field, { postgres }]) => `'${field}', ${postgres}`)]
  const entry = `json_build_object(${fields.join(', ')})::text`
  const isByStatement = on === 'insert' && when === undefined
  const insert = isByStatement
    ? `insert into journal_entries (kind, entry) select '${kind}', ${entry.replaceAll(/\bnew\./g, 'told.')} from told;`
    : `insert into journal_entries (kind, entry) values ('${kind}', ${entry});`
  const rows = isByStatement ? 'referencing new table as told for each statement' : 'for each row'
  return [
    `create function ${name}() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$ begin
      ${insert}
      return null;
    end $$`,
    `create trigger ${name} after ${on} on ${table} ${rows} ${when === undefined ? '' : `when (${when}) `}execute function ${name}()`,
  ]
}
