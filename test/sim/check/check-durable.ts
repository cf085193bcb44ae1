import { TOPICS } from '@twinreel/contracts/topics'
import { decodeCallEvent } from '@twinreel/contracts/messages'
import { samplesToMs } from '@twinreel/media/format'
import type { Checkpoint, Evidence, SegmentFact, Violation } from '../world/evidence.ts'
import { expectedCall, type ExpectedCall } from './expected-audio.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

interface HeardAt {
  offset: number
  partition: number
  fromMs: number
  toMs: number
}

/**
 * No checkpoint passes audio that is not durable: whatever stands in the log below a call's checkpoint, or below the safe offset, and belongs into a recording is in
 * segments that were committed by then.
 */
export function checkDurable(evidence: Evidence): Violation[] {
  const recordingOf = new Map(
    evidence.truth.database
      .prepare('select recording_id, call_id, owner_id, ordinal from recordings')
      .all()
      .map((row) => [`${String(row['call_id'])} ${String(row['owner_id'])} ${String(row['ordinal'])}`, String(row['recording_id'])]),
  )
  const violations: Violation[] = []
  for (const call of evidence.calls) {
    const { callId } = call.truth
    if (isAffectedByTrim(evidence, callId)) continue
    const fault = firstFault(evidence, expectedCall(call, evidence), recordingOf)
    if (fault !== null) violations.push({ check: 'durable', message: `call ${callId}: ${fault}` })
  }
  return violations
}

function firstFault(evidence: Evidence, expected: ExpectedCall, recordingOf: ReadonlyMap<string, string>): string | null {
  const { callId } = expected.call.truth
  const heard = heardOf(evidence, callId)
  const wanted = expected.recordings.filter(({ kept }) => kept)
  for (const { ownerId, ordinal, spans } of wanted) {
    const recordingId = recordingOf.get(`${callId} ${ownerId} ${ordinal}`)
    const segments = evidence.segments.map((segment, number) => ({ ...segment, number })).filter((segment) => segment.recordingId === recordingId)
    for (const { offset, partition, fromMs, toMs } of heard) {
      const passed = evidence.checkpoints.find((checkpoint) => checkpoint.partition === partition && passes(checkpoint, callId, offset))
      if (passed === undefined) continue
      const known = segments.filter(({ number }) => number < passed.segmentsKnown)
      for (const [spanFrom, spanTo] of spans) {
        const missing = firstMissing(known, Math.max(fromMs, spanFrom), Math.min(toMs, spanTo))
        if (missing !== null)
          return `${passed.process} moved on past position ${offset} (${fromMs} to ${toMs} ms) with nothing durable at ${missing} ms of recording ${ordinal} of ${ownerId}`
      }
    }
  }
  return null
}

function passes({ safeOffset, sessions }: Checkpoint, callId: string, offset: number): boolean {
  const session = sessions.find((one) => one.callId === callId)
  return session === undefined ? safeOffset > offset : session.offset > offset || (session.endedOffset !== null && session.endedOffset >= offset)
}

function firstMissing(segments: readonly SegmentFact[], fromMs: number, toMs: number): number | null {
  let atMs = fromMs
  while (atMs < toMs) {
    const next = segments.find((segment) => segment.fromMs <= atMs && atMs < segment.toMs)
    if (next === undefined) return atMs
    atMs = next.toMs
  }
  return null
}

/** The first time that each stretch of a call's audio was told in the log. */
function heardOf({ truth }: Evidence, callId: string): HeardAt[] {
  const rates = new Map<string, number>()
  const heard: HeardAt[] = []
  const said = new Set<string>()
  for (const record of truth.appended(TOPICS.calls)) {
    if (record.key !== callId || record.value === null) continue
    const decoded = decodeCallEvent({ key: record.key, headers: record.headers, value: record.value })
    if (!decoded.ok) continue
    const { message } = decoded
    if (message.type === 'call.answered') for (const { streamId, sampleRateHz } of message.data.streams) rates.set(streamId, sampleRateHz)
    if (message.type === 'participant.joined') for (const { streamId, sampleRateHz } of message.data.streams) rates.set(streamId, sampleRateHz)
    if (message.type === 'stream.changed') rates.set(message.data.stream.streamId, message.data.stream.sampleRateHz)
    if (message.type !== 'media') continue
    for (const { streamId, offset, sampleCount } of message.runs) {
      const name = `${streamId} ${offset} ${sampleCount}`
      if (sampleCount === 0 || said.has(name)) continue
      said.add(name)
      const rate = rates.get(streamId) ?? 8_000
      heard.push({ offset: record.offset, partition: record.partition, fromMs: samplesToMs(offset, rate), toMs: samplesToMs(offset + sampleCount, rate) })
    }
  }
  return heard
}
