import { sql, type RawBuilder } from 'kysely'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { AccountError } from './accounts/account-error.ts'
import type { Catalog } from './open.ts'
import { heldBy } from './retention-facts.ts'
import { UNKNOWN_TIER, attestedTier } from './tier-attestation.ts'

export const DIMENSIONS = ['org', 'tier', 'age', 'size'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** How much there is. `objects`: segments and manifests. */
export interface Amount {
  recordings: number
  objects: number
  sizeBytes: number
}

/** What is stored of one group; of dimensions that were not asked for nothing is said. */
export type StoredGroup = Amount & { readonly [D in Dimension]?: string }

const DAY_MS = 86_400_000
const MIB = 1_048_576

/** Bands by their upper bounds, in their order. Ages from the recording's end, in days. */
export const AGE_BANDS = [
  ['under 1 day', 1],
  ['1 to 7 days', 7],
  ['7 to 30 days', 30],
  ['30 to 90 days', 90],
  ['90 to 365 days', 365],
] as const
export const OLDEST_BAND = '365 days and more'
export const LIVE_BAND = 'not ended'
export const SIZE_BANDS = [
  ['under 1 MiB', 1],
  ['1 to 10 MiB', 10],
  ['10 to 100 MiB', 100],
  ['100 MiB to 1 GiB', 1_024],
] as const
export const LARGEST_BAND = '1 GiB and more'

/** Groups that one answer may have; a bank of organizations is reported one by one. */
const MOST_GROUPS = 10_000

/**
 * What is stored at `atMs`, by these dimensions, the largest first; without any the whole, in one. Added up by the database: of a million recordings a few lines come back. Throws an
 * `AccountError` when there are more than 10,000 groups.
 */
export async function storedBy(catalog: Catalog, options: { dimensions: readonly Dimension[]; atMs: number; orgId?: string }): Promise<StoredGroup[]> {
  const { dimensions, atMs, orgId } = options
  const expressions: Record<Dimension, RawBuilder<string>> = {
    org: sql`r.org_id`,
    tier: sql`coalesce(a.tier, ${sql.lit(UNKNOWN_TIER)})`,
    age: banded(sql`${sql.lit(atMs)} - r.ended_log_ms`, AGE_BANDS, DAY_MS, OLDEST_BAND, sql`when r.ended_log_ms is null then ${sql.lit(LIVE_BAND)}`),
    size: banded(sql`r.size_bytes`, SIZE_BANDS, MIB, LARGEST_BAND),
  }
  // Banded in an inner query: PostgreSQL does not take two equal expressions with parameters for one.
  const inner = stored(catalog, orgId).select((eb) => [
    'r.size_bytes',
    objectsOf.as('objects'),
    ...dimensions.map((dimension) => eb.cast<string>(expressions[dimension], 'text').as(dimension)),
  ])
  const rows = await catalog.db
    .selectFrom(inner.as('x'))
    .select(dimensions.map((dimension) => sql.ref<string>(`x.${dimension}`).as(dimension)))
    .select([sql`count(*)`.as('recordings'), sql`sum(x.objects)`.as('objects'), sql`sum(x.size_bytes)`.as('bytes')])
    .$if(dimensions.length > 0, (query) => query.groupBy(dimensions.map((dimension) => sql.ref(`x.${dimension}`))))
    .orderBy(sql.ref('bytes'), 'desc')
    .limit(MOST_GROUPS + 1)
    .execute()
  if (rows.length > MOST_GROUPS) {
    throw new AccountError('invalid-input', `there are more than ${MOST_GROUPS} groups; report fewer dimensions at once, or one organization with --org`, 'by')
  }
  return rows.map((row) => ({ ...amountOf(row), ...Object.fromEntries(dimensions.map((dimension) => [dimension, Reflect.get(row, dimension)])) }))
}

/** What goes within a day of 24 hours from `atMs` on, counted from 0; what is due already, or being deleted, goes on the first. */
export type Expiry = Amount & { day: number }

/** Deletions that are known as things are, by day, within `days`; of what is held nothing goes. */
export async function expiriesByDay(catalog: Catalog, options: { atMs: number; days: number; orgId?: string }): Promise<Expiry[]> {
  const { atMs, days, orgId } = options
  const due = stored(catalog, orgId)
    .select(['r.size_bytes', objectsOf.as('objects'), dueMs(atMs).as('due_ms')])
    .where((eb) => eb.or([eb('r.claimed_at_ms', 'is not', null), eb.and([eb('r.ended_log_ms', 'is not', null), eb.not(eb.exists(heldBy(eb)))])]))
  const byDay = catalog.db
    .selectFrom(due.as('d'))
    .select(['d.size_bytes', 'd.objects'])
    // Whole numbers in the text: a bound one would make SQLite divide with a rest.
    .select(sql<number>`case when d.due_ms <= ${sql.lit(atMs)} then 0 else (d.due_ms - ${sql.lit(atMs)}) / ${sql.lit(DAY_MS)} end`.as('due_day'))
    .where('d.due_ms', '<', atMs + days * DAY_MS)
  const rows = await catalog.db
    .selectFrom(byDay.as('x'))
    .select(['x.due_day', sql`count(*)`.as('recordings'), sql`sum(x.objects)`.as('objects'), sql`sum(x.size_bytes)`.as('bytes')])
    .groupBy('x.due_day')
    .orderBy('x.due_day')
    .execute()
  return rows.map((row) => ({ day: row.due_day, ...amountOf(row) }))
}

/** What came in from `fromMs` until before `toMs` and was kept, whatever became of it since: of owners who are on Go now, and of all others. */
export async function intakeOf(catalog: Catalog, options: { fromMs: number; toMs: number; orgId?: string }): Promise<{ go: Amount; others: Amount }> {
  const { fromMs, toMs, orgId } = options
  let query = withOwners(catalog, orgId)
    .selectFrom('recordings as r')
    .leftJoin('owners as a', (join) => join.onRef('a.user_id', '=', 'r.owner_id').onRef('a.org_id', '=', 'r.org_id'))
    .where('r.ended_log_ms', '>=', fromMs)
    .where('r.ended_log_ms', '<', toMs)
    .where('r.provisional', '=', 0)
  if (orgId !== undefined) query = query.where('r.org_id', '=', orgId)
  const inner = query.select(['r.size_bytes', objectsOf.as('objects'), sql<string>`case when a.tier = 'go' then 'go' else 'others' end`.as('kind')])
  const rows = await catalog.db
    .selectFrom(inner.as('x'))
    .select(['x.kind', sql`count(*)`.as('recordings'), sql`sum(x.objects)`.as('objects'), sql`sum(x.size_bytes)`.as('bytes')])
    .groupBy('x.kind')
    .execute()
  const of = (kind: string): Amount => {
    const row = rows.find((one) => one.kind === kind)
    return row === undefined ? { recordings: 0, objects: 0, sizeBytes: 0 } : amountOf(row)
  }
  return { go: of('go'), others: of('others') }
}

const objectsOf = sql<number>`r.segment_count + case when r.manifest_key is null then 0 else 1 end`

/** Accounts by the tier that their history attests, which is looked into once for each of them and not for each recording. */
function withOwners({ db }: Catalog, orgId: string | undefined) {
  return db.with(
    (cte) => cte('owners').materialized(),
    (of) =>
      of
        .selectFrom('accounts as a')
        .select(['a.user_id', 'a.org_id', 'a.tier_since_ms', attestedTier.as('tier')])
        .$if(orgId !== undefined, (some) => some.where('a.org_id', '=', orgId ?? '')),
  )
}

function stored(catalog: Catalog, orgId: string | undefined) {
  const query = withOwners(catalog, orgId)
    .selectFrom('recordings as r')
    .leftJoin('owners as a', (join) => join.onRef('a.user_id', '=', 'r.owner_id').onRef('a.org_id', '=', 'r.org_id'))
    .where('r.purged_at_ms', 'is', null)
  return orgId === undefined ? query : query.where('r.org_id', '=', orgId)
}

/** The rule, for what has ended and is not held, as text of both databases; the contract compares the two. Null: it stays. */
function dueMs(atMs: number): RawBuilder<number> {
  const go = sql`(case when r.ended_log_ms > a.tier_since_ms then r.ended_log_ms else a.tier_since_ms end) + ${sql.lit(GO_RETENTION_MS)}`
  const asked = sql`case when r.ended_log_ms > r.deletion_due_ms then r.ended_log_ms else r.deletion_due_ms end`
  return sql`case
    when r.claimed_at_ms is not null then ${sql.lit(atMs)}
    when r.status = 'not-kept' then r.ended_log_ms
    when a.tier = 'go' and (r.deletion_due_ms is null or ${go} <= ${asked}) then ${go}
    when r.deletion_due_ms is not null then ${asked} end`
}

function banded(
  value: RawBuilder<unknown>,
  bands: readonly (readonly [string, number])[],
  unit: number,
  last: string,
  first: RawBuilder<unknown> = sql``,
): RawBuilder<string> {
  const whens = bands.map(([name, below]) => sql`when ${value} < ${sql.lit(below * unit)} then ${sql.lit(name)}`)
  return sql`case ${first} ${sql.join(whens, sql` `)} else ${sql.lit(last)} end`
}

/** Sums of PostgreSQL come as text, because they might be larger than a number holds: ours are not. */
function amountOf({ recordings, objects, bytes }: { recordings: unknown; objects: unknown; bytes: unknown }): Amount {
  return { recordings: Number(recordings), objects: Number(objects ?? 0), sizeBytes: Number(bytes ?? 0) }
}
