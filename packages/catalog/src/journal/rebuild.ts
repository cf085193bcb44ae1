import type { Kysely, Transaction } from 'kysely'
import type { Catalog } from '../open.ts'
import { setRetentionWatermark } from '../retention-clock.ts'
import type { Tables } from '../tables.ts'
import { applyObject } from './apply.ts'
import type { JournalHead, JournalObject } from './object.ts'
import { rebuilding, rebuildingSince } from './rebuilding.ts'
import { readJournal, type JournalBucket, type ReadOptions } from './read.ts'
import { restoreDetails, restoreUnjournaled, type RestoredManifests } from './restore-manifests.ts'

/** Everything a catalog holds, so that nothing of it is left when a broken-off rebuild begins again; a table that is missing here does not compile. */
const TABLES: readonly (keyof Tables)[] = Object.keys({
  orgs: true,
  org_history: true,
  users: true,
  user_history: true,
  accounts: true,
  settings_history: true,
  tier_history: true,
  tier_changes: true,
  legal_holds: true,
  deletions: true,
  retention_halts: true,
  certificates: true,
  calls: true,
  policies: true,
  partitions: true,
  sessions: true,
  media_keys: true,
  recordings: true,
  segments: true,
  ledger: true,
  dead_letters: true,
  outbox: true,
  retention_clock: true,
  retention_lease: true,
  retention_orgs: true,
  journal_entries: true,
  journal_objects: true,
} satisfies Record<Exclude<keyof Tables, 'rebuilds'>, true>) as (keyof Tables)[]

/** A worker that looked at the empty catalog has left the time, which is no reason not to fill it. */
const MAY_BE_FILLED: ReadonlySet<keyof Tables> = new Set(['retention_clock', 'retention_lease', 'retention_orgs'])

/** Something is in the catalog: a rebuild makes a new one and changes none. */
class CatalogNotEmptyError extends Error {
  constructor(table: string) {
    super(`the catalog is not empty: there are ${table}. A rebuild never touches what is there`)
    this.name = 'CatalogNotEmptyError'
  }
}

export interface RebuildReport extends RestoredManifests {
  head: JournalHead
  /** When the last object was made, milliseconds UTC. */
  headMs: number
  /** Of an administrator; `null` when there was none. */
  lastChange: { atMs: number; actor: string } | null
  entries: number
  signedBy: string | null
  counts: { organizations: number; users: number; calls: number; recordings: number; purged: number; legalHolds: number }
}

export interface RebuildOptions extends ReadOptions {
  onProgress?: (done: { sequence: number; entries: number }) => void
}

/**
 * Restores a catalog that was lost from the bucket alone: the journal first, each object verified as it comes, then what the manifests tell. The
 * catalog must be empty; from the first moment on it says that it is being rebuilt, and until this has ended nothing is due in it and
 * nobody records with it. Broken off, or ended by a `JournalError`, it stays so, and a rebuild begins anew.
 */
export async function rebuildCatalog(catalog: Catalog, bucket: JournalBucket, options: RebuildOptions): Promise<RebuildReport> {
  const mark = await begin(catalog)
  const read = { entries: 0, last: null as JournalObject | null, lastChange: null as RebuildReport['lastChange'] }
  for await (const object of readJournal(bucket, options)) {
    await rebuilding(catalog, async (tx) => {
      await refuseAnother(tx, mark)
      await applyObject(tx, object)
      // What is restored is in the journal already.
      await tx.deleteFrom('journal_entries').execute()
    })
    read.entries += object.lines.length
    read.last = object
    read.lastChange = laterOf(read.lastChange, object)
    options.onProgress?.({ sequence: object.header.sequence, entries: read.entries })
  }
  const { last } = read
  if (last === null) throw new Error('a journal without an object was read to its end')
  const head = { sequence: last.header.sequence, sha256: last.sha256 }
  const headMs = Date.parse(last.header.made)
  const problems = await restoreDetails(catalog, bucket)
  const unjournaled = await restoreUnjournaled(catalog, bucket, options.verify)
  await rebuilding(catalog, async (tx) => {
    await refuseAnother(tx, mark)
    await tx
      .insertInto('journal_objects')
      .values({ ...head, key_id: last.keyId, body: null, made_at_ms: headMs })
      .execute()
    // A clock that lies before what was written by it is not to be trusted with deleting.
    await setRetentionWatermark({ ...catalog, db: tx }, headMs)
    await tx.deleteFrom('rebuilds').execute()
  })
  return {
    head,
    headMs,
    lastChange: read.lastChange,
    entries: read.entries,
    signedBy: last.keyId,
    ...unjournaled,
    problems: [...problems, ...unjournaled.problems],
    counts: await counted(catalog),
  }
}

/** Answers what marks this rebuild, and no other. */
async function begin(catalog: Catalog): Promise<number> {
  return rebuilding(catalog, async (tx) => {
    const broken = await rebuildingSince(tx)
    for (const table of TABLES) {
      if (broken === null && !MAY_BE_FILLED.has(table) && (await holds(tx, table))) throw new CatalogNotEmptyError(table)
      await tx.deleteFrom(table).execute()
    }
    await tx.deleteFrom('rebuilds').execute()
    const beganAtMs = Math.max(await catalog.nowMs(tx), (broken ?? 0) + 1)
    await tx.insertInto('rebuilds').values({ rebuild: 'catalog', began_at_ms: beganAtMs }).execute()
    return beganAtMs
  })
}

/** Of two rebuilds the later one began anew: what the earlier one would add is void. */
async function refuseAnother(tx: Transaction<Tables>, mark: number): Promise<void> {
  if ((await rebuildingSince(tx)) !== mark) throw new Error('another rebuild of this catalog has begun since')
}

async function holds(db: Kysely<Tables>, table: keyof Tables): Promise<boolean> {
  const { fn } = db
  const row = await db.selectFrom(table).select(fn.countAll().as('count')).executeTakeFirst()
  return Number(row?.count ?? 0) > 0
}

async function counted({ db }: Catalog): Promise<RebuildReport['counts']> {
  const count = async (query: { executeTakeFirst(): Promise<{ count: string | number | bigint } | undefined> }): Promise<number> =>
    Number((await query.executeTakeFirst())?.count ?? 0)
  const all = (table: keyof Tables) => count(db.selectFrom(table).select(db.fn.countAll().as('count')))
  return {
    organizations: await all('orgs'),
    users: await all('users'),
    calls: await all('calls'),
    recordings: await all('recordings'),
    purged: await count(db.selectFrom('recordings').select(db.fn.countAll().as('count')).where('purged_at_ms', 'is not', null)),
    legalHolds: await count(db.selectFrom('legal_holds').select(db.fn.countAll().as('count')).where('released_at_ms', 'is', null)),
  }
}

const HISTORIES = new Set(['org_history', 'user_history', 'settings_history', 'tier_history'])

function laterOf(before: RebuildReport['lastChange'], { lines }: JournalObject): RebuildReport['lastChange'] {
  let last = before
  const seen = (atMs: unknown, actor: unknown): void => {
    if (typeof atMs === 'number' && typeof actor === 'string' && atMs >= (last?.atMs ?? 0)) last = { atMs, actor }
  }
  for (const { kind, row } of lines) {
    if (HISTORIES.has(kind)) seen(row['from_ms'], row['actor'])
    if (kind === 'legal_holds') {
      seen(row['placed_at_ms'], row['actor'])
      seen(row['released_at_ms'], row['released_by'])
    }
    if (kind === 'deletions') {
      seen(row['requested_at_ms'], row['actor'])
      seen(row['restored_at_ms'], row['restored_by'])
    }
  }
  return last
}
