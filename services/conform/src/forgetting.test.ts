import { encodeCallEvent, encodeCommand, type WireMessage } from '@twinreel/contracts/messages'
import { describe, expect, test } from 'vitest'
import { createConformity } from './conform.ts'
import type { ObservedMessage, Stretch } from './observed.ts'

/** More than are remembered at once. */
const CALLS = 4_010
const IDS = Array.from({ length: CALLS }, (_, i) => `call-${i}`)
const TIME_ZERO_MS = Date.UTC(2026, 2, 2, 9)
const WHOLE: Stretch = { isWhole: true, fromBeginning: true }

function observed({ key, headers, value }: WireMessage, topic: ObservedMessage['topic'] = 'calls'): ObservedMessage {
  return { topic, key, headers, value, sizeBytes: value.length, partition: null, position: headers['ce_id'] ?? '', appendedAtMs: TIME_ZERO_MS }
}

const about = (callId: string, number: number) => ({ id: `${callId}-${number}`, source: '/test', timeMs: TIME_ZERO_MS + number * 100 })

function begun(callId: string): ObservedMessage[] {
  const desk = { participantId: 'desk', role: 'terminating' as const, userId: 'ada' }
  const stream = { streamId: 'near', participantIds: ['desk'], codec: 'PCMU' as const, sampleRateHz: 8_000 }
  const capabilities = { prompts: 'obeys' as const, gate: false, indicator: false }
  return [
    observed(encodeCallEvent(callId, 'call.started', { orgId: 'acme', callId, participants: [desk], capabilities }, about(callId, 1))),
    observed(encodeCallEvent(callId, 'call.answered', { by: { kind: 'participant', participantId: 'desk' }, streams: [stream] }, about(callId, 0))),
  ]
}

function ended(callId: string): ObservedMessage[] {
  const played = { promptId: `${callId}/p1`, outcome: 'failed' as const, atMs: 200 }
  return [
    observed(encodeCallEvent(callId, 'prompt.finished', played, about(callId, 2))),
    observed(encodeCallEvent(callId, 'call.ended', { atMs: 300, finalSamples: [] }, about(callId, 3))),
  ]
}

function asked(callId: string): ObservedMessage {
  const play = { type: 'prompt.play' as const, data: { promptId: `${callId}/p1`, prompt: 'recording-started' as const, atMs: 0 } }
  return observed(encodeCommand(callId, play, { id: `${callId}/p1`, source: '/recorder' }), 'call-commands')
}

function found(messages: readonly ObservedMessage[]): string[] {
  const conformity = createConformity({ partitions: null })
  for (const message of messages) conformity.take(message, WHOLE)
  return conformity.report().findings.map(({ code, calls }) => `${code} ${calls}`)
}

describe('of more calls than are remembered at once', () => {
  const [beginnings, ends, commands] = [IDS.map(begun), IDS.map(ended), IDS.map(asked)]
  const calls = beginnings.flatMap((beginning, i) => [...beginning, ...(ends[i] ?? [])])

  test('nobody is blamed for answers whose commands stand behind all calls, as kcat writes one topic after the other', () => {
    expect(found([...calls, ...commands])).toEqual([])
  })

  test('nor where the commands stand first', () => {
    expect(found([...commands, ...calls])).toEqual([])
  })

  test('those that still go on lack neither a beginning nor an end', () => {
    expect(found([...beginnings.flat(), ...ends.flat()])).toEqual([])
  })
})
