import type { CallCommand } from '@twinreel/contracts/call-commands'
import type { CallEventType } from '@twinreel/contracts/call-events'
import type { MediaRun } from '@twinreel/contracts/media'
import { encodeCallEvent, encodeCommand, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'
import { partitionOfKey } from '@twinreel/event-log/key-partition'
import type { ObservedMessage } from '../observed.ts'

export const PARTITIONS = 6
export const CALL = 'call-good'
const SOURCE = '/platforms/acme/softswitch-1'
export const TIME_ZERO_MS = Date.UTC(2026, 2, 2, 9)
const RATE = 8_000

/** A message that can still be spoiled; `atMs` is when it was said, on the call's clock. */
export interface Said {
  readonly what: string
  readonly atMs: number
  message: ObservedMessage
}

/**
 * A call of 40 seconds in which everything happens that does not go wrong: announced, held and retrieved, joined and left, paused behind a shut gate, ended.
 * Its publisher's clock and the log's are 20 ms apart.
 */
export function goodCall(callId = CALL, { codec = 'PCMU' }: { codec?: 'PCMU' | 'L16' } = {}): Said[] {
  const said: Said[] = []
  let number = 0
  const about = (atMs: number) => ({ id: `${callId}-${++number}`, source: SOURCE, timeMs: TIME_ZERO_MS + atMs })
  const event = <T extends CallEventType>(atMs: number, type: T, data: Parameters<typeof encodeCallEvent<T>>[2]): void =>
    void said.push({ what: type, atMs, message: observed(encodeCallEvent(callId, type, data, about(atMs)), atMs) })
  const media = (atMs: number, runs: MediaRun[]): void =>
    void said.push({ what: 'media', atMs, message: observed(encodeMediaEvent(callId, runs, about(atMs)), atMs) })
  const command = (atMs: number, one: CallCommand): void =>
    void said.push({
      what: one.type,
      atMs,
      message: { ...observed(encodeCommand(callId, one, { id: `command-${++number}`, source: '/recorder' }), atMs), topic: 'call-commands' },
    })
  const stream = (streamId: string, participantId: string) => ({ streamId, participantIds: [participantId], codec, sampleRateHz: RATE })

  event(-3_000, 'call.started', {
    orgId: 'acme',
    callId,
    direction: 'inbound',
    callType: 'pstn',
    participants: [
      { participantId: 'caller', role: 'originating', number: '+12025550143' },
      { participantId: 'desk', role: 'terminating', userId: 'ada', number: '+12025550199' },
    ],
    capabilities: { prompts: 'obeys', gate: true, indicator: false },
  })
  event(0, 'call.answered', { by: { kind: 'participant', participantId: 'desk' }, streams: [stream('far', 'caller'), stream('near', 'desk')] })
  command(10, { type: 'prompt.play', data: { promptId: 'p1', prompt: 'recording-started', atMs: 0 } })
  for (let second = 1; second <= 40; second++) {
    const isShut = second > 25 && second <= 31
    const streams = second > 12 && second <= 20 ? ['far', 'near', 'third'] : ['far', 'near']
    if (!isShut)
      media(
        second * 1_000,
        streams.map((id) => spoken(id, (second - 1) * 1_000, second * 1_000, codec)),
      )
    else if (second === 28 || second === 31)
      media(
        second * 1_000,
        streams.map((id) => spoken(id, second * 1_000, second * 1_000, codec)),
      )
    if (second === 2) event(2_000, 'prompt.finished', { promptId: 'p1', outcome: 'played', fromMs: 100, toMs: 2_000, atMs: 2_000 })
    if (second === 5) event(5_000, 'call.held', { participantId: 'desk', atMs: 5_000 })
    if (second === 8) event(8_000, 'call.retrieved', { participantId: 'desk', atMs: 8_000 })
    if (second === 12)
      event(12_000, 'participant.joined', { atMs: 12_000, participant: { participantId: 'third', role: 'terminating' }, streams: [stream('third', 'third')] })
    if (second === 20) event(20_000, 'participant.left', { atMs: 20_000, participantId: 'third' })
    if (second === 25) {
      event(25_000, 'control.pause', { userId: 'ada', via: 'softkey', atMs: 25_000 })
      command(25_020, { type: 'gate.close', data: { sequence: 1, atMs: 25_000 } })
      event(25_050, 'gate.closed', { sequence: 1, atMs: 25_000 })
    }
    if (second === 31) {
      event(31_000, 'control.resume', { userId: 'ada', via: 'softkey', atMs: 31_000 })
      command(31_020, { type: 'gate.open', data: { sequence: 2, atMs: 31_000 } })
      event(31_050, 'gate.opened', { sequence: 2, atMs: 31_000 })
    }
  }
  const finals = ['far', 'near'].map((streamId) => ({ streamId, sampleOffset: 40 * RATE }))
  event(40_000, 'call.ended', { atMs: 40_000, finalSamples: [...finals, { streamId: 'third', sampleOffset: 20 * RATE }] })
  return said
}

function observed({ key, headers, value }: WireMessage, atMs: number): ObservedMessage {
  return {
    topic: 'calls',
    key,
    headers,
    value,
    sizeBytes: value.length,
    partition: partitionOfKey(key, PARTITIONS),
    position: `${atMs} ms`,
    appendedAtMs: TIME_ZERO_MS + atMs + 20,
  }
}

/** A run of a slow tone, in whatever codec; two bytes a sample are big-endian. */
export function spoken(streamId: string, fromMs: number, toMs: number, codec: 'PCMU' | 'L16' = 'PCMU', rate = RATE): MediaRun {
  const [from, sampleCount] = [(fromMs * rate) / 1_000, ((toMs - fromMs) * rate) / 1_000]
  const sample = (at: number): number => Math.round(8_000 * Math.sin(at / 20))
  const bytes = new Uint8Array(sampleCount * (codec === 'L16' ? 2 : 1))
  for (let i = 0; i < sampleCount; i++) {
    if (codec === 'L16') new DataView(bytes.buffer).setInt16(i * 2, sample(from + i))
    else bytes[i] = 0x80 + (i % 100)
  }
  return { streamId, offset: from, sampleCount, bytes }
}
