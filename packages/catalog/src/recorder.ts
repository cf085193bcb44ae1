import type { Transaction } from 'kysely'
import { applyCalls, applyLedger, applyOver } from './recorder/calls.ts'
import {
  applyDeadLetters,
  applyPartition,
  applySessions,
  HAS_DEAD_LETTERS,
  HAS_MEDIA_KEYS,
  HAS_TOMBSTONES,
  type LockedPartition,
} from './recorder/positions.ts'
import { applyRecordings } from './recorder/recordings.ts'
import { endForgotten, endStranded } from './recorder/stranded.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { enqueue } from './outbox.ts'
import type { OutboxMessage, RecorderChange } from './recorder-changes.ts'
import type { SegmentRow, Tables } from './tables.ts'
import { transact } from './transaction.ts'

export interface PartitionOf {
  topic: string
  partition: number
}

/** Another recorder was assigned the partition since: nothing of the commit was applied. Drop the sessions and be assigned anew. */
export class EpochLostError extends Error {
  constructor(of: PartitionOf, epoch: number, raisedTo: number | null) {
    super(`epoch ${epoch} of ${of.topic}/${of.partition} was lost: the catalog is at ${raisedTo ?? 'none'}`)
    this.name = 'EpochLostError'
  }
}

/** The log was looked at before another recorder moved on past the end it had then: it says nothing of the log as it is. Look again and claim again. */
export class LogEndOutdatedError extends Error {
  constructor(of: PartitionOf, endOffset: number, safeOffset: number) {
    super(`${of.topic}/${of.partition} ended at ${endOffset} when it was looked at; it has been read to ${safeOffset} since`)
    this.name = 'LogEndOutdatedError'
  }
}

export interface PartitionClaim {
  /** Belongs into every commit from now on; an older one is refused. */
  epoch: number
  /** Where to fold from; `null` says from the log's beginning. */
  safeOffset: number | null
  /** First position whose effects on the world may not have been performed yet; 0 for a partition nobody has committed to. */
  performedOffset: number
  /** The log is another one than the stored positions came from: live sessions now lie before any position of it, what had no session has ended as lost. */
  identityChanged: boolean
}

/** No log has this position: a session there has lost whatever was not durable. */
const BEFORE_ANY_LOG = -1

/**
 * Takes a partition over: raises its epoch, so that whoever had it can't commit any more. A log that ends before positions it once had (`endOffset`) was made anew, though
 * its name be the same. One that begins (`firstOffset`, else 0) behind the safe offset has lost the calls that began before and have no session: they end with a named loss.
 * `safeOffsetBefore` is what the catalog said before the log's end was looked at (`null` for nothing): whoever was held up since may know an end that others have long read
 * past. Then throws `LogEndOutdatedError`; without it the end is believed.
 */
export async function claimPartition(
  catalog: Catalog,
  of: PartitionOf & { logIdentity: string; firstOffset?: number; endOffset: number; safeOffsetBefore?: number | null },
): Promise<PartitionClaim> {
  const { topic, partition, logIdentity, firstOffset = 0, endOffset, safeOffsetBefore } = of
  return unlessRebuilding(catalog, async (tx) => {
    const fresh = { topic, partition, log_identity: logIdentity, epoch: 0, safe_offset: null, performed_offset: 0 }
    await tx
      .insertInto('partitions')
      .values(fresh)
      .onConflict((oc) => oc.columns(['topic', 'partition']).doNothing())
      .execute()
    const stored = await lockPartition(catalog, tx, of)
    const isShorter = (stored?.safe_offset ?? 0) > endOffset
    if (stored !== undefined && isShorter && stored.log_identity === logIdentity && safeOffsetBefore !== undefined && safeOffsetBefore !== stored.safe_offset)
      throw new LogEndOutdatedError(of, endOffset, stored.safe_offset ?? 0)
    const identityChanged = stored !== undefined && (stored.log_identity !== logIdentity || isShorter)
    if (identityChanged) {
      const ofPartition = tx.deleteFrom('sessions').where('topic', '=', topic).where('partition', '=', partition)
      await ofPartition.where('ended_offset', 'is not', null).execute()
      await tx.updateTable('sessions').set({ log_offset: BEFORE_ANY_LOG }).where('topic', '=', topic).where('partition', '=', partition).execute()
      await endStranded(catalog.dialect, tx, { logIdentity, partition }, await catalog.nowMs(tx))
      await tx.deleteFrom('dead_letters').where('topic', '=', topic).where('partition', '=', partition).execute()
    } else if (stored !== undefined && stored.safe_offset !== null && stored.safe_offset < firstOffset)
      await endForgotten(catalog.dialect, tx, { partition, firstOffset }, await catalog.nowMs(tx))
    const now = stored === undefined || identityChanged ? { ...fresh, epoch: stored?.epoch ?? 0 } : stored
    // A catalog that was lost has forgotten which epochs a frozen recorder may hold: they rise by one, the clock faster.
    const epoch = now.epoch === 0 ? await catalog.nowMs(tx) : now.epoch + 1
    await tx
      .updateTable('partitions')
      .set({ log_identity: logIdentity, epoch, safe_offset: now.safe_offset, performed_offset: now.performed_offset })
      .where('topic', '=', topic)
      .where('partition', '=', partition)
      .execute()
    return { epoch, safeOffset: now.safe_offset, performedOffset: now.performed_offset, identityChanged }
  })
}

export interface StoredSession {
  callId: string
  /** The first position that still carries unsealed audio; the state lies before it. */
  offset: number
  foldVersion: number
  /** JSON text. */
  state: string
  /** Not `null` for a tombstone: the call ended at this position, and messages up to it change nothing any more. */
  endedOffset: number | null
  /** The segments of the call that are durable. */
  segments: readonly { recordingId: string; index: number }[]
  /** Recordings of the call that have ended, purged ones too: a re-fold must not make their objects again. */
  endedRecordings: readonly string[]
}

/** The sessions of a partition as last committed. */
export async function loadSessions(catalog: Catalog, of: PartitionOf): Promise<StoredSession[]> {
  const sessions = await catalog.db
    .selectFrom('sessions')
    .selectAll()
    .where('topic', '=', of.topic)
    .where('partition', '=', of.partition)
    .orderBy('log_offset')
    .execute()
  const segments = await catalog.db
    .selectFrom('sessions as s')
    .innerJoin('recordings as r', 'r.call_id', 's.call_id')
    .innerJoin('segments as g', 'g.recording_id', 'r.recording_id')
    .select(['s.call_id', 'g.recording_id', 'g.segment_index'])
    .where('s.topic', '=', of.topic)
    .where('s.partition', '=', of.partition)
    .orderBy('g.recording_id')
    .orderBy('g.segment_index')
    .execute()
  const ended = await catalog.db
    .selectFrom('sessions as s')
    .innerJoin('recordings as r', 'r.call_id', 's.call_id')
    .select(['s.call_id', 'r.recording_id'])
    .where('s.topic', '=', of.topic)
    .where('s.partition', '=', of.partition)
    .where('r.ended_log_ms', 'is not', null)
    .execute()
  const byCall = Map.groupBy(segments, (row) => row.call_id)
  const endedByCall = Map.groupBy(ended, (row) => row.call_id)
  return sessions.map((row) => ({
    callId: row.call_id,
    offset: row.log_offset,
    foldVersion: row.fold_version,
    state: row.state,
    endedOffset: row.ended_offset,
    segments: (byCall.get(row.call_id) ?? []).map((segment) => ({ recordingId: segment.recording_id, index: segment.segment_index })),
    endedRecordings: (endedByCall.get(row.call_id) ?? []).map((recording) => recording.recording_id),
  }))
}

/**
 * Applies what a recorder decided, all or nothing, if its epoch still is the partition's; throws `EpochLostError` otherwise. Applied
 * again it changes nothing. Announcements of what is new go to the outbox in the order of `changes`.
 */
export async function commit(catalog: Catalog, of: PartitionOf & { epoch: number }, changes: readonly RecorderChange[]): Promise<void> {
  await transact(catalog, async (tx) => {
    const stored = await lockPartition(catalog, tx, of)
    if (stored?.epoch !== of.epoch) throw new EpochLostError(of, of.epoch, stored?.epoch ?? null)
    const announced = new Set<RecorderChange>()
    const announce = (change: RecorderChange): void => void announced.add(change)
    await applyCalls(tx, changes, { log_identity: stored.log_identity, log_partition: of.partition })
    await applyRecordings(tx, changes, announce)
    await applyLedger(tx, changes, announce)
    await applyDeadLetters(tx, changes, announce)
    await enqueue(
      tx,
      changes.flatMap((change) => (announced.has(change) ? announcement(change) : [])),
    )
    await applySessions(tx, stored, changes)
    await applyOver(tx, changes)
    await applyPartition(tx, stored, changes)
  })
}

function announcement(change: RecorderChange): OutboxMessage[] {
  return 'announce' in change && change.announce !== null ? [change.announce] : []
}

async function lockPartition(catalog: Catalog, tx: Transaction<Tables>, of: PartitionOf): Promise<LockedPartition | undefined> {
  return tx
    .selectFrom('partitions')
    .selectAll()
    .select([HAS_TOMBSTONES, HAS_DEAD_LETTERS, HAS_MEDIA_KEYS])
    .where('topic', '=', of.topic)
    .where('partition', '=', of.partition)
    .$if(catalog.dialect.rowLocks, (query) => query.forUpdate())
    .executeTakeFirst()
}

/** `closed` when the call's end is committed. */
export async function callStatus(catalog: Catalog, callId: string): Promise<'unknown' | 'open' | 'closed'> {
  const row = await catalog.db.selectFrom('calls').select('ended_log_ms').where('call_id', '=', callId).executeTakeFirst()
  if (row === undefined) return 'unknown'
  return row.ended_log_ms === null ? 'open' : 'closed'
}

/** A recording's durable segments in order: what its manifest is assembled from. */
export async function segmentRows(catalog: Catalog, recordingId: string): Promise<SegmentRow[]> {
  return catalog.db.selectFrom('segments').selectAll().where('recording_id', '=', recordingId).orderBy('segment_index').execute()
}
