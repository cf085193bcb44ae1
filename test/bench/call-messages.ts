import { randomFillSync } from 'node:crypto'
import { encodeCallEvent, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'

const SOURCE = '/bench'
const TIME_ZERO_MS = 1_767_225_600_000
const RATE_HZ = 8_000

/** A call of two PCMU streams begins: the owner's and somebody's. */
export function opening(callId: string): WireMessage[] {
  const participants = [
    { participantId: 'a', role: 'originating' as const, userId: 'owner' },
    { participantId: 'b', role: 'terminating' as const },
  ]
  const streams = ['a', 'b'].map((id) => ({ streamId: id, participantIds: [id], codec: 'PCMU' as const, sampleRateHz: RATE_HZ }))
  return [
    encodeCallEvent(
      callId,
      'call.started',
      { orgId: 'bench', callId, callType: 'internal', participants },
      { id: 'started', source: SOURCE, timeMs: TIME_ZERO_MS },
    ),
    encodeCallEvent(
      callId,
      'call.answered',
      { by: { kind: 'participant', participantId: 'b' }, streams },
      { id: 'answered', source: SOURCE, timeMs: TIME_ZERO_MS },
    ),
  ]
}

/** One second of both streams. Random bytes: no codec or disk may find them easier than speech. */
export function mediaSecond(callId: string, second: number): WireMessage {
  const bytes = randomFillSync(new Uint8Array(2 * RATE_HZ))
  const run = { offset: second * RATE_HZ, sampleCount: RATE_HZ }
  return encodeMediaEvent(
    callId,
    [
      { streamId: 'a', ...run, bytes: bytes.subarray(0, RATE_HZ) },
      { streamId: 'b', ...run, bytes: bytes.subarray(RATE_HZ) },
    ],
    { id: `m${second}`, source: SOURCE, timeMs: TIME_ZERO_MS + (second + 1) * 1_000 },
  )
}

export function ending(callId: string, seconds: number): WireMessage {
  const finalSamples = ['a', 'b'].map((streamId) => ({ streamId, sampleOffset: seconds * RATE_HZ }))
  return encodeCallEvent(callId, 'call.ended', { atMs: seconds * 1_000, finalSamples }, { id: 'ended', source: SOURCE, timeMs: TIME_ZERO_MS + seconds * 1_000 })
}
