import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import type { LogRecord } from '@twinreel/event-log/port'
import { encodeLifecycle, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { OutboxMessage } from '@twinreel/catalog/recorder-changes'
import type { Effect } from '@twinreel/recording/effects'

/** Where lifecycle and command events come from, by the CloudEvents `source`. */
export const SOURCE = '/twinreel/recorder'

/** Effects that become a catalog change at once; the others need work first or are not the catalog's. */
export type PlainEffect = Exclude<Effect, { kind: 'command' | 'segment.sealed' | 'recording.ended' | 'dead-letter' | 'counted' }>

/** The catalog change of an effect. Ids of announcements follow from the call, so that one that is published twice is known as one. */
export function plainChange(effect: PlainEffect, callId: string, orgId: string, record: LogRecord): RecorderChange {
  switch (effect.kind) {
    case 'call.opened':
      return {
        kind: 'call.opened',
        callId,
        orgId,
        callType: effect.callType,
        direction: effect.direction,
        correlationId: effect.correlationId,
        offset: record.offset,
      }
    case 'call.answered':
      return { kind: 'call.answered', callId, timeZeroMs: effect.timeZeroMs }
    case 'recording.started': {
      const { recordingId, ownerId, ordinal, mode, settings, provisional, atMs, startedAtMs } = effect
      const data = { recordingId, orgId, callId, ownerId, mode, atMs, startedAt: new Date(startedAtMs).toISOString() }
      const announce = outboxMessage(
        encodeLifecycle(recordingId, 'recording.started', data, { id: `${recordingId}/started`, source: SOURCE, timeMs: record.appendedAtMs }),
      )
      return { kind: 'recording.started', recordingId, callId, orgId, ownerId, ordinal, mode, settings, provisional, startedAtMs, announce }
    }
    case 'recording.paused':
    case 'recording.resumed': {
      const { recordingId, ownerId, atMs, number } = effect
      const options = { id: `${recordingId}/${number}`, source: SOURCE, timeMs: record.appendedAtMs }
      const announce = outboxMessage(encodeLifecycle(recordingId, effect.kind, { recordingId, orgId, callId, ownerId, atMs }, options))
      return { kind: 'recording.changed', recordingId, status: effect.kind === 'recording.paused' ? 'paused' : 'recording', number, announce }
    }
    case 'recording.kept':
      return { kind: 'recording.kept', recordingId: effect.recordingId }
    case 'ledger':
      return {
        kind: 'ledger',
        callId,
        ownerId: effect.ownerId,
        orgId,
        outcome: effect.outcome,
        lateMs: effect.lateMs,
        announce: ledgerAnnouncement(effect, callId, orgId, record),
      }
    case 'call.closed':
      return { kind: 'call.closed', callId, endedLogMs: record.appendedAtMs }
  }
}

/** Exclusions and failures are told per call and owner; what was recorded is told by its recordings. */
function ledgerAnnouncement(effect: Extract<Effect, { kind: 'ledger' }>, callId: string, orgId: string, record: LogRecord): OutboxMessage | null {
  const { ownerId, outcome } = effect
  const options = { id: `${callId}/${ownerId}/${outcome.outcome}`, source: SOURCE, timeMs: record.appendedAtMs }
  switch (outcome.outcome) {
    case 'recorded':
      return null
    case 'excluded':
      return outboxMessage(encodeLifecycle(callId, 'call.excluded', { orgId, callId, ownerId, reason: outcome.reason }, options))
    case 'failed':
      return outboxMessage(encodeLifecycle(callId, 'recording.failed', { orgId, callId, ownerId, reason: outcome.reason, atMs: 0 }, options))
  }
}

const text = new TextDecoder()

export function outboxMessage(message: WireMessage, topic: string = TOPICS.recordings): OutboxMessage {
  return { topic, key: message.key, headers: message.headers, value: text.decode(message.value) }
}
