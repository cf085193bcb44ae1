import { sql } from 'kysely'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { manifestKey, segmentKey } from '@twinreel/recording/keys'
import type { Catalog } from '../open.ts'

/** Of every owner's recordings the older half is past the free tier's time, and the younger is not. */
export interface Many {
  owners: number
  /** The first so many are on the free tier, the others pay. */
  freeOwners: number
  recordingsOfEach: number
  /** Of each recording that is due; 1 unless said. */
  segmentsOfEach?: number
  nowMs: number
  /** Between one recording's end and the next one's, of another owner. */
  spacingMs?: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3_600_000
/** Since when the first of them is due. */
export const DUE_SINCE_MS = 2 * DAY_MS
const ORG = 'many'
/** Ids in no order of time, of one length, by arithmetic that both databases do alike. */
const FIRST_NUMBER = 1_000_000_000
const SPREAD = 7_919
/** Of one statement, which must end within the time that the database gives it. */
const ROWS_AT_ONCE = 50_000

/** Fills an empty catalog with one organization's recordings, by statements that both databases run in place. Nothing of it is journaled. */
export async function fillWithRecordings({ db }: Catalog, many: Many): Promise<void> {
  const { owners, freeOwners, recordingsOfEach, segmentsOfEach = 1, nowMs, spacingMs = 1 } = many
  const oldMs = nowMs - GO_RETENTION_MS - DUE_SINCE_MS
  const youngMs = nowMs - 10 * DAY_MS
  await sql`insert into orgs (org_id, name, partner_id, enabled, id_namespace, rules, time_zone, created_at_ms)
    values (${ORG}, ${ORG}, ${ORG}, 1, ${ORG}, '{}', 'UTC', 0)`.execute(db)
  await sql`with recursive n(i) as (select 0 union all select i + 1 from n where i < ${sql.lit(owners - 1)}),
    o as (select 'user-' || cast(${sql.lit(FIRST_NUMBER)} + i as text) as user_id, case when i < ${sql.lit(freeOwners)} then 'go' else 'standard' end as tier from n)
    insert into accounts (account_id, user_id, org_id, product, external_type, service_provider, external_group, external_identifier, tier, tier_since_ms, recording_on, created_at_ms)
    select user_id, user_id, ${ORG}, 'product', 'type', 'provider', 'group', user_id, tier, 0, 1, 0 from o`.execute(db)
  await sql`insert into tier_history (user_id, sequence, from_ms, tier, actor, reason) select user_id, 1, tier_since_ms, tier, 'filler', 'test'
    from accounts where org_id = ${ORG}`.execute(db)
  const total = owners * recordingsOfEach
  for (let from = 0; from < total; from += ROWS_AT_ONCE) {
    const to = Math.min(total, from + ROWS_AT_ONCE)
    await sql`with recursive n(i) as (select ${sql.lit(from)} union all select i + 1 from n where i < ${sql.lit(to - 1)}),
      r as (select i, i / ${sql.lit(owners)} as nth, 'user-' || cast(${sql.lit(FIRST_NUMBER)} + i % ${sql.lit(owners)} as text) as owner_id,
        'rec-' || cast(${sql.lit(FIRST_NUMBER)} + (cast(i as bigint) * ${sql.lit(SPREAD)}) % ${sql.lit(total)} as text) as recording_id from n),
      timed as (select r.*, cast(i as bigint) * ${sql.lit(spacingMs)}
        + case when nth < ${sql.lit(recordingsOfEach / 2)} then ${sql.lit(oldMs)} else ${sql.lit(youngMs)} end as ended from r)
      insert into recordings (recording_id, call_id, org_id, owner_id, ordinal, mode, settings, status, provisional, started_at_ms, ended_at_ms, ended_log_ms,
        captured_ms, paused_ms, held_ms, lost_ms, segment_count, tones, prompts, size_bytes, manifest_key, manifest_sha256, looks, last_mark, from_manifest)
      select recording_id, recording_id, ${ORG}, owner_id, 1, 'always', '{}', 'completed', 0, ended - ${sql.lit(segmentsOfEach * MINUTE_MS)}, ended, ended,
        ${sql.lit(segmentsOfEach * MINUTE_MS)}, 0, 0, 0, ${sql.lit(segmentsOfEach)}, 0, 0, ${sql.lit(segmentsOfEach * 90 + 10)},
        'recordings/' || ${ORG} || '/' || owner_id || '/' || recording_id || '/manifest.json', 'cd', 0, 0, 0 from timed`.execute(db)
  }
  for (let from = 0; from < total; from += ROWS_AT_ONCE) {
    await sql`with recursive s(i) as (select 0 union all select i + 1 from s where i < ${sql.lit(segmentsOfEach - 1)})
      insert into segments (recording_id, segment_index, key, sha256, size_bytes, from_ms, to_ms, detail)
      select r.recording_id, s.i, 'recordings/' || ${ORG} || '/' || r.owner_id || '/' || r.recording_id || '/0000' || cast(s.i as text) || '.wav',
        'ab', 90, s.i * ${sql.lit(MINUTE_MS)}, (s.i + 1) * ${sql.lit(MINUTE_MS)}, '{"marks":[]}'
      from recordings r join accounts a on a.user_id = r.owner_id cross join s where a.tier = 'go' and r.ended_log_ms <= ${sql.lit(nowMs - GO_RETENTION_MS)}
      and r.recording_id >= ${`rec-${FIRST_NUMBER + from}`} and r.recording_id < ${`rec-${FIRST_NUMBER + from + ROWS_AT_ONCE}`}`.execute(db)
  }
  await db.deleteFrom('journal_entries').execute()
  // As the databases do by themselves after a while.
  await sql`analyze`.execute(db)
}

/** The objects of the due recordings that are to lie in the bucket, a recording's one after another. */
export async function dueKeys({ db }: Catalog): Promise<string[]> {
  const rows = await db
    .selectFrom('segments as s')
    .innerJoin('recordings as r', 'r.recording_id', 's.recording_id')
    .select(['r.org_id as orgId', 'r.owner_id as ownerId', 'r.recording_id as recordingId', 's.segment_index as index', 'r.segment_count as count'])
    .orderBy('r.owner_id')
    .orderBy('r.ended_log_ms')
    .orderBy('r.recording_id')
    .orderBy('s.segment_index')
    .execute()
  return rows.flatMap((row) => [segmentKey(row, row.index), ...(row.index === row.count - 1 ? [manifestKey(row)] : [])])
}

/** Manifests of what is not due of the first and of the last owner: such are to lie in the bucket too, for retention deletes nothing where it finds none of what stays. */
export async function keptKeys({ db }: Catalog): Promise<string[]> {
  const ends = await db
    .selectFrom('accounts')
    .select(({ fn }) => [fn.min('user_id').as('first'), fn.max('user_id').as('last')])
    .where('org_id', '=', ORG)
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('recordings as r')
    .select(['r.org_id as orgId', 'r.owner_id as ownerId', 'r.recording_id as recordingId'])
    .where('r.owner_id', 'in', [ends.first ?? '', ends.last ?? ''])
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('segments as s').select('s.key').whereRef('s.recording_id', '=', 'r.recording_id'))))
    .execute()
  return rows.map((row) => manifestKey(row))
}
