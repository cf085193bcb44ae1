import type { Servers } from '@twinreel/twinreel/place'
import pg from 'pg'

/** A change in the catalog: who made it, in which transaction; of a partition its epoch too. In the order in which they were made. */
export interface Write {
  transaction: string
  writer: string
  relation: string
  partition: number | null
  epoch: number | null
  atMs: number
}

/** A time during which one recorder had a partition, as the catalog saw it. */
export interface Reign {
  partition: number
  writer: string
  epoch: number
  fromMs: number
  /** When the next one began; infinite for the last. */
  toMs: number
}

/** Everything of a recording's that a recorder writes down. */
const FENCED = ['sessions', 'calls', 'recordings', 'segments', 'ledger', 'dead_letters'] as const

const SCRIPT = `
  create table write_audit (
    id bigserial primary key,
    transaction xid8 not null default pg_current_xact_id(),
    writer text not null default current_setting('application_name'),
    relation text not null,
    partition integer,
    epoch double precision,
    at_ms double precision not null default extract(epoch from clock_timestamp()) * 1000
  );
  create function audit_partition() returns trigger language plpgsql as $$ begin
    insert into write_audit (relation, partition, epoch) values ('partitions', new.partition, new.epoch);
    return null;
  end $$;
  create function audit_statement() returns trigger language plpgsql as $$ begin
    insert into write_audit (relation) values (tg_table_name);
    return null;
  end $$;
  create trigger audit after insert or update on partitions for each row execute function audit_partition();
  ${FENCED.map((table) => `create trigger audit after insert or update or delete on ${table} for each statement execute function audit_statement();`).join('\n')}
`

/** The database itself notes from now on who changes what; what is rolled back is not in it. */
export async function startWriteAudit({ database }: Servers): Promise<{ writes(): Promise<Write[]>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: database.url })
  // A connection that breaks is told by the next query.
  client.on('error', () => {})
  await client.connect()
  await client.query(SCRIPT)
  return {
    async writes() {
      const { rows } = await client.query<Write>('select transaction::text, writer, relation, partition, epoch, at_ms as "atMs" from write_audit order by id')
      return rows
    },
    close: () => client.end(),
  }
}

/** The URL under which the audit knows a writer by its name. */
export function databaseUrlOf({ database }: Servers, writer: string): string {
  const url = new URL(database.url)
  url.searchParams.set('application_name', writer)
  return url.href
}

/** The partitions' row is locked by whoever changes it, so its changes stand in the order of their commits. */
export function reignsOf(writes: readonly Write[]): Reign[] {
  const reigns: Reign[] = []
  const current = new Map<number, Reign>()
  for (const { partition, epoch, writer, atMs } of writes) {
    // Epoch 0 is a partition that nobody had yet.
    if (partition === null || epoch === null || epoch === 0) continue
    const last = current.get(partition)
    if (last?.epoch === epoch) continue
    if (last !== undefined) last.toMs = atMs
    const reign = { partition, writer, epoch, fromMs: atMs, toMs: Number.POSITIVE_INFINITY }
    current.set(partition, reign)
    reigns.push(reign)
  }
  return reigns
}

/**
 * What contradicts that nothing a recorder writes becomes visible after somebody else has raised the partition's epoch: an epoch that falls; a writer under an epoch that
 * another one raised; a change in a transaction that did not pass the partition's row.
 */
export function fencingFaults(writes: readonly Write[]): string[] {
  const faults: string[] = []
  const raised = new Map<number, { epoch: number; writer: string }>()
  for (const { partition, epoch, writer } of writes) {
    if (partition === null || epoch === null || epoch === 0) continue
    const last = raised.get(partition)
    if (last !== undefined && epoch < last.epoch)
      faults.push(`${writer} wrote partition ${partition} under epoch ${epoch}, ${last.writer} had raised it to ${last.epoch}`)
    else if (last === undefined || epoch > last.epoch) raised.set(partition, { epoch, writer })
    else if (writer !== last.writer) faults.push(`${writer} wrote partition ${partition} under the epoch ${epoch} of ${last.writer}`)
  }
  const passed = new Set(writes.filter(({ partition }) => partition !== null).map(({ transaction }) => transaction))
  for (const { transaction, writer, relation } of writes) if (!passed.has(transaction)) faults.push(`${writer} changed ${relation} without passing a partition`)
  return faults
}
