import type { Catalog } from '@twinreel/catalog/open'
import type { Tables } from '@twinreel/catalog/tables'
import { TOPICS } from '@twinreel/contracts/topics'
import { partitionOfKey } from '@twinreel/event-log/key-partition'
import type { EventLog, LogRecord, PartitionRange } from '@twinreel/event-log/port'
import { policySchema } from '@twinreel/recording/policy'
import type { CapturedMessage, CapturedPolicy } from '../capture/capture.ts'
import { CaptureCallError } from './capture-call-error.ts'
import { CAPTURE_BOUNDS, countCapture } from '../capture/bounds.ts'

export interface CallInLog {
  partition: number
  isOver: boolean
  messages: CapturedMessage[]
}

/** What comes of a call so long after its end is no repeat of anything: it isn't looked for any further. */
const LATE_MS = 15 * 60_000

/** Every message of a call, as the log has it. Throws `CaptureCallError`. */
export async function readCall({ eventLog, catalog }: { eventLog: EventLog; catalog: Catalog }, callId: string): Promise<CallInLog> {
  const row = await catalog.db.selectFrom('calls').selectAll().where('call_id', '=', callId).executeTakeFirst()
  const ranges = await eventLog.ranges(TOPICS.calls)
  const partition = row?.log_partition ?? partitionOfKey(callId, ranges.length)
  const range = ranges.find((one) => one.partition === partition)
  if (range === undefined) throw new CaptureCallError('log-gone', `topic ${TOPICS.calls} has no partition ${partition}, in which call ${callId} was told`)
  if (row !== undefined) await checkKept(eventLog, row, range)
  const messages: CapturedMessage[] = []
  const count = countCapture(CAPTURE_BOUNDS)
  let endedMs: number | null = null
  await readFrom(eventLog, { range, fromOffset: row?.opened_offset ?? range.firstOffset }, (record) => {
    const { offset, appendedAtMs, key, headers, value } = record
    if (endedMs !== null && appendedAtMs > endedMs + LATE_MS) return 'enough'
    if (row?.over_offset === offset) endedMs = appendedAtMs
    if (key !== callId) return 'more'
    const tooMuch = count.message(value?.length ?? 0)
    if (tooMuch !== null) throw new CaptureCallError('too-long', `call ${callId} can’t be captured: in the log it has ${tooMuch}`)
    messages.push({ offset, appendedAtMs, headers, value, sizeBytes: record.sizeBytes })
    return 'more'
  })
  if (messages.length === 0)
    throw new CaptureCallError('unknown-call', `the log has no call ${callId}`, '`twinreel ledger` and `twinreel recordings list` name calls')
  return { partition, isOver: row !== undefined && row.ended_log_ms !== null, messages }
}

async function checkKept(eventLog: EventLog, { call_id, log_identity, opened_offset }: Tables['calls'], { firstOffset }: PartitionRange): Promise<void> {
  const trimmed = 'capture a call while the log still has it: it keeps 72 h, on servers what TWINREEL_KAFKA_LOG_RETENTION_HOURS says'
  if ((await eventLog.identity()) !== log_identity) throw new CaptureCallError('log-gone', `call ${call_id} was told in another log than this one`, trimmed)
  if (opened_offset < firstOffset) throw new CaptureCallError('log-gone', `the log has forgotten the beginning of call ${call_id}`, trimmed)
}

/** Reads a partition from a position to its end as it was, or until it is enough. */
export async function readFrom(
  eventLog: EventLog,
  { range: { topic, partition, firstOffset, endOffset }, fromOffset }: { range: PartitionRange; fromOffset: number },
  take: (record: LogRecord) => 'more' | 'enough',
): Promise<void> {
  for (let next = Math.max(fromOffset, firstOffset); next < endOffset;) {
    const { records } = await eventLog.read({ topic, partition, fromOffset: next })
    const last = records.at(-1)
    if (last === undefined) return
    for (const record of records) if (take(record) === 'enough') return
    next = last.offset + 1
  }
}

/** The policies that were written down for the call's participants. */
export async function readPolicies(catalog: Catalog, callId: string): Promise<CapturedPolicy[]> {
  const rows = await catalog.db.selectFrom('policies').selectAll().where('call_id', '=', callId).orderBy('as_of_ms').orderBy('participant_id').execute()
  return rows.map(({ participant_id, as_of_ms, policy }) => ({
    participantId: participant_id,
    asOfMs: as_of_ms,
    policy: policy === null ? null : policySchema.parse(JSON.parse(policy)),
  }))
}
