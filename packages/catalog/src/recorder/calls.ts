import type { Transaction } from 'kysely'
import type { RecorderChange } from '../recorder-changes.ts'
import { inRows, lastByKey, ofKind, rounds, type OfKind } from '../rows.ts'
import type { LedgerRow, Tables } from '../tables.ts'
import { valuesTable } from '../values-table.ts'

export async function applyCalls(
  tx: Transaction<Tables>,
  changes: readonly RecorderChange[],
  log: { log_identity: string; log_partition: number },
): Promise<void> {
  for (const opened of inRows(lastByKey(ofKind(changes, 'call.opened'), (change) => change.callId))) {
    await tx
      .insertInto('calls')
      .values(
        opened.map((change) => ({
          call_id: change.callId,
          org_id: change.orgId,
          call_type: change.callType,
          direction: change.direction,
          correlation_id: change.correlationId,
          time_zero_ms: null,
          ended_log_ms: null,
          opened_offset: change.offset,
          over_offset: null,
          ...log,
        })),
      )
      .onConflict((oc) => oc.column('call_id').doNothing())
      .execute()
  }
  for (const answered of rounds(ofKind(changes, 'call.answered'), (change) => change.callId)) {
    const rows = answered.map((change) => ({ call_id: change.callId, value: change.timeZeroMs }))
    await updateCalls(tx, 'time_zero_ms', rows).execute()
  }
  // A call that went on after an idle end closes again, later: a re-fold of the first end must not take that back.
  for (const closed of rounds(ofKind(changes, 'call.closed'), (change) => change.callId)) {
    const rows = closed.map((change) => ({ call_id: change.callId, value: change.endedLogMs }))
    await updateCalls(tx, 'ended_log_ms', rows)
      .where((eb) => eb.or([eb('calls.ended_log_ms', 'is', null), eb('calls.ended_log_ms', '<', eb.ref('v.value'))]))
      .execute()
  }
}

/** Calls whose session became a tombstone are over for good. */
export async function applyOver(tx: Transaction<Tables>, changes: readonly RecorderChange[]): Promise<void> {
  const over = lastByKey(ofKind(changes, 'session'), (change) => change.callId).filter((change) => change.endedOffset !== null)
  for (const sessions of inRows(over)) {
    const rows = sessions.map((change) => ({ call_id: change.callId, value: change.endedOffset }))
    await updateCalls(tx, 'over_offset', rows).where('calls.over_offset', 'is', null).execute()
  }
}

/** Sets a column of each of these calls, unless more is asked. */
function updateCalls(
  tx: Transaction<Tables>,
  column: 'time_zero_ms' | 'ended_log_ms' | 'over_offset',
  rows: readonly { call_id: string; value: number | null }[],
) {
  return tx
    .updateTable('calls')
    .from(valuesTable('v', { call_id: 'text', value: 'bigint' }, rows))
    .set((eb) => ({ [column]: eb.ref('v.value') }))
    .whereRef('calls.call_id', '=', 'v.call_id')
}

type LedgerChange = OfKind<RecorderChange, 'ledger'>

/** A row is announced when it is new or its outcome is another one; more late audio alone is not news. */
export async function applyLedger(tx: Transaction<Tables>, changes: readonly RecorderChange[], announce: (change: RecorderChange) => void): Promise<void> {
  const entries = ofKind(changes, 'ledger')
  if (entries.length === 0) return
  const stored = new Map<string, LedgerRow>()
  for (const callIds of inRows(
    lastByKey(
      entries.map((change) => change.callId),
      (id) => id,
    ),
  )) {
    for (const row of await tx.selectFrom('ledger').selectAll().where('call_id', 'in', callIds).execute()) stored.set(keyOf(row.call_id, row.owner_id), row)
  }
  const changed: LedgerRow[] = []
  for (const change of entries) {
    const key = keyOf(change.callId, change.ownerId)
    const before = stored.get(key)
    const after = rowOf(change)
    const sameOutcome = before !== undefined && before.outcome === after.outcome && before.reason === after.reason && before.behavior === after.behavior
    if (!sameOutcome) announce(change)
    if (sameOutcome && before.late_ms === after.late_ms) continue
    stored.set(key, after)
    changed.push(after)
  }
  for (const rows of inRows(lastByKey(changed, (row) => keyOf(row.call_id, row.owner_id)))) {
    await tx
      .insertInto('ledger')
      .values(rows)
      .onConflict((oc) =>
        oc.columns(['call_id', 'owner_id']).doUpdateSet((eb) => ({
          outcome: eb.ref('excluded.outcome'),
          reason: eb.ref('excluded.reason'),
          behavior: eb.ref('excluded.behavior'),
          late_ms: eb.ref('excluded.late_ms'),
        })),
      )
      .execute()
  }
}

/** Neither id contains a slash. */
function keyOf(callId: string, ownerId: string): string {
  return `${callId}/${ownerId}`
}

function rowOf(change: LedgerChange): LedgerRow {
  const { outcome } = change
  return {
    call_id: change.callId,
    owner_id: change.ownerId,
    org_id: change.orgId,
    outcome: outcome.outcome,
    reason: outcome.outcome === 'recorded' ? null : outcome.reason,
    behavior: outcome.outcome === 'failed' ? (outcome.behavior ?? null) : null,
    late_ms: change.lateMs,
  }
}
