import type { Transaction } from 'kysely'
import { z } from 'zod'
import { AccountError, checked } from './accounts/account-error.ts'
import { checkedBecause, type Because } from './accounts/change.ts'
import { refuseClockBehind } from './accounts/clock-behind.ts'
import { inTurn } from './dialect.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { placesOf, verdictOf, withRetentionFacts, type RowWithRetentionFacts } from './retention-facts.ts'
import { inRows } from './rows.ts'
import type { DeletionRow, Tables } from './tables.ts'

/** How long a recording that somebody deleted lies in the bin: hours, no calendar. */
export const BIN_MS = 72 * 3_600_000

/** Recordings of one request at most. */
const MOST_NAMED = 10_000

export type DeletionOutcome = { recordingId: string } & (
  | {
      kind: 'in-bin'
      deletionId: string
      /** When it goes as things are now; `null` while it is live or under a legal hold, after which it goes then, or at once. */
      dueAtMs: number | null
      isHeld: boolean
      isLive: boolean
    }
  | { kind: 'already-in-bin'; dueAtMs: number | null }
  /** Its deletion has begun, or is over. */
  | { kind: 'already-deleted' }
)

/**
 * Puts recordings into the bin, all or none: they go 72 hours later, whatever the tier, one that is live not before it has ended, one
 * under a legal hold not before that is released. Answered in their order. Throws `AccountError` for a recording that does not exist, and `clock-behind` when
 * the catalog's clock can't date the request.
 */
export async function deleteRecordings(
  catalog: Catalog,
  input: Because & { recordingIds: readonly string[]; by: 'user' | 'admin' },
): Promise<DeletionOutcome[]> {
  const because = checkedBecause(input)
  const kind = checked(z.enum(['user', 'admin']), input.by, 'invalid-input', 'by') === 'user' ? 'user-deletion' : 'admin-deletion'
  return inTurnOf(catalog, input.recordingIds, async (tx, rows, nowMs) => {
    await refuseClockBehind(tx, nowMs)
    const outcomes: DeletionOutcome[] = []
    for (const row of rows) {
      const recordingId = row.recording_id
      if (row.claimed_at_ms !== null) outcomes.push({ recordingId, kind: 'already-deleted' })
      else if (row.deletion_id !== null) outcomes.push({ recordingId, kind: 'already-in-bin', dueAtMs: dueAtMs(row) })
      else {
        const [deletionId, binEndsMs] = [catalog.newId(), nowMs + BIN_MS]
        await tx
          .insertInto('deletions')
          .values({
            deletion_id: deletionId,
            org_id: row.org_id,
            subject: 'recording',
            subject_id: recordingId,
            kind,
            requested_at_ms: nowMs,
            due_at_ms: binEndsMs,
            ...because,
            ...IN_FORCE,
          })
          .execute()
        await tx.updateTable('recordings').set({ deletion_id: deletionId, deletion_due_ms: binEndsMs }).where('recording_id', '=', recordingId).execute()
        const binned = { ...row, deletion_due_ms: binEndsMs }
        outcomes.push({ recordingId, kind: 'in-bin', deletionId, dueAtMs: dueAtMs(binned), isHeld: row.hold_id !== null, isLive: row.ended_log_ms === null })
      }
    }
    return outcomes
  })
}

/** What a new request says of being taken back. */
export const IN_FORCE = { restored_at_ms: null, restored_by: null, restore_reason: null } as const satisfies Partial<DeletionRow>

export type RestoreOutcome = { recordingId: string } & (
  | { kind: 'restored'; dueAtMs: number | null }
  | { kind: 'refused'; why: 'not-in-bin' | 'already-deleted' | 'erased' }
)

/**
 * Takes recordings out of the bin again; from then on they are as if nobody had deleted them. Of a restore and a claim for deletion made
 * at once the first counts: what was claimed can't be restored, nor can what an erasure reaches. Throws as `deleteRecordings`.
 */
export async function restoreRecordings(catalog: Catalog, input: Because & { recordingIds: readonly string[] }): Promise<RestoreOutcome[]> {
  const { actor, reason } = checkedBecause(input)
  return inTurnOf(catalog, input.recordingIds, async (tx, rows, nowMs) => {
    const outcomes: RestoreOutcome[] = []
    for (const row of rows) {
      const recordingId = row.recording_id
      const why = row.claimed_at_ms !== null ? 'already-deleted' : row.deletion_id === null ? 'not-in-bin' : await kindOf(tx, row.deletion_id)
      if (why === 'already-deleted' || why === 'not-in-bin') outcomes.push({ recordingId, kind: 'refused', why })
      else if (why === 'erasure') outcomes.push({ recordingId, kind: 'refused', why: 'erased' })
      else {
        await tx.updateTable('recordings').set({ deletion_id: null, deletion_due_ms: null }).where('recording_id', '=', recordingId).execute()
        await tx
          .updateTable('deletions')
          .set({ restored_at_ms: nowMs, restored_by: actor, restore_reason: reason })
          .where('deletion_id', '=', row.deletion_id)
          .where('restored_at_ms', 'is', null)
          .execute()
        outcomes.push({ recordingId, kind: 'restored', dueAtMs: dueAtMs({ ...row, deletion_due_ms: null }) })
      }
    }
    return outcomes
  })
}

async function kindOf(tx: Transaction<Tables>, deletionId: string): Promise<DeletionRow['kind'] | null> {
  return (await tx.selectFrom('deletions').select('kind').where('deletion_id', '=', deletionId).executeTakeFirst())?.kind ?? null
}

/** Lends the recordings' rows, in their order, while no claim for deletion decides over them. Those that nobody asked to keep yet are unknown. */
async function inTurnOf<T>(
  catalog: Catalog,
  named: readonly string[],
  work: (tx: Transaction<Tables>, rows: readonly RowWithRetentionFacts[], nowMs: number) => Promise<T>,
): Promise<T> {
  const recordingIds = [...new Set(named)]
  if (recordingIds.length > MOST_NAMED) throw new AccountError('invalid-input', `more than ${MOST_NAMED} recordings in one request`, 'recordingIds')
  return unlessRebuilding(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'owner', (await placesOf(tx, recordingIds)).owners)
    const found = new Map<string, RowWithRetentionFacts>()
    for (const ids of inRows(recordingIds)) {
      for (const row of await withRetentionFacts(tx).where('r.recording_id', 'in', ids).where('r.provisional', '=', 0).execute())
        found.set(row.recording_id, row)
    }
    const rows = recordingIds.map((id) => {
      const row = found.get(id)
      if (row === undefined) throw new AccountError('unknown-recording', `recording ${id} is unknown; nothing was changed`, 'recordingIds')
      return row
    })
    return work(tx, rows, await catalog.nowMs(tx))
  })
}

function dueAtMs(row: RowWithRetentionFacts): number | null {
  const verdict = verdictOf(row)
  return verdict.kind === 'due' ? verdict.dueAtMs : null
}

/** Who asked for a recording's deletion, when and why. */
export interface Deletion extends Because {
  deletionId: string
  kind: DeletionRow['kind']
  requestedAtMs: number
  /** The end of its time in the bin. */
  dueAtMs: number
}

export async function showDeletion(catalog: Catalog, deletionId: string): Promise<Deletion | null> {
  const row = await catalog.db.selectFrom('deletions').selectAll().where('deletion_id', '=', deletionId).executeTakeFirst()
  if (row === undefined) return null
  return { deletionId, kind: row.kind, requestedAtMs: row.requested_at_ms, dueAtMs: row.due_at_ms, actor: row.actor, reason: row.reason }
}
