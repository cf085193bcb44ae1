import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeCallEvent,
  decodeCommand,
  encodeCallEvent,
  encodeCommand,
  encodeDeadLetter,
  encodeLifecycle,
  encodeMediaEvent,
  type WireMessage,
} from './messages.ts'

const options = { id: '1', source: '/pbx' }
const bytes = (text: string) => new TextEncoder().encode(text)
const held = encodeCallEvent('call-1', 'call.held', { participantId: 'a' }, options)
const started = encodeCallEvent(
  'call-1',
  'call.started',
  { orgId: 'o', callId: 'call-1', participants: [{ participantId: 'a', role: 'originating' }] },
  options,
)
const media = encodeMediaEvent('call-1', [{ streamId: 's', offset: 0, sampleCount: 1, bytes: Uint8Array.of(1) }], options)

function withHeaders(message: WireMessage, headers: Record<string, string>): WireMessage {
  return { ...message, headers: { ...message.headers, ...headers } }
}

describe('a message of the topic calls', () => {
  it('is read with its head, defaults filled in and unknown fields kept', () => {
    const message = encodeCallEvent('call-1', 'call.ended', { atMs: 5_000, colour: 'red' }, { ...options, timeMs: 1_700_000_000_000, awaits: true })
    expect(decodeCallEvent(message)).toEqual({
      ok: true,
      message: {
        callId: 'call-1',
        id: '1',
        source: '/pbx',
        timeMs: 1_700_000_000_000,
        awaits: true,
        type: 'call.ended',
        data: { atMs: 5_000, colour: 'red', finalSamples: [] },
      },
    })
  })

  it('is read when it carries audio', () => {
    expect(decodeCallEvent(media)).toMatchObject({
      ok: true,
      message: { type: 'media', timeMs: null, awaits: false, runs: [{ streamId: 's', sampleCount: 1 }] },
    })
  })

  it('takes the call from the record key when it has no subject', () => {
    const { ce_subject: _, ...headers } = held.headers
    expect(decodeCallEvent({ ...held, headers })).toMatchObject({ ok: true, message: { callId: 'call-1' } })
  })

  it.each<[string, string, WireMessage, RegExp]>([
    ['invalid-data', 'a text with U+0000', { ...held, value: new TextEncoder().encode('{"participantId":"p\\u0000"}') }, /U\+0000/],
    ['invalid-data', 'a name with U+0000', { ...held, value: new TextEncoder().encode('{"participantId":"p","a\\u0000":1}') }, /U\+0000/],
    ['not-cloudevents', 'an attribute with U+0000', { ...held, headers: { ...held.headers, ce_id: '1\0' } }, /attribute id holds U\+0000/],
    ['not-cloudevents', 'no CloudEvents headers', { ...held, headers: {} }, /ce_specversion/],
    ['not-cloudevents', 'a structured document that is no event', { ...held, headers: { 'content-type': 'application/cloudevents+json' } }, /specversion/],
    [
      'not-json',
      'a structured document cut short',
      { ...held, headers: { 'content-type': 'application/cloudevents+json' }, value: bytes('{"spec') },
      /not JSON/,
    ],
    ['not-json', 'data cut short', { ...held, value: held.value.subarray(0, 9) }, /not JSON/],
    ['not-json', 'data that is not UTF-8', { ...held, value: Uint8Array.of(0x22, 0xff, 0x22) }, /not UTF-8/],
    ['not-json', 'data nested beyond reason', { ...held, value: bytes('['.repeat(9_999) + ']'.repeat(9_999)) }, /deeper than 64/],
    ['unknown-type', 'a type of somebody else', withHeaders(held, { ce_type: 'com.example.thing' }), /com\.example\.thing/],
    ['unknown-type', 'a type without a version', withHeaders(held, { ce_type: 'io.twinreel.call.held' }), /io\.twinreel\.NAME\.vN/],
    ['unknown-type', 'a type nobody registered', withHeaders(held, { ce_type: 'io.twinreel.call.lost.v1' }), /call\.lost/],
    ['unknown-type', 'a command', withHeaders(held, { ce_type: 'io.twinreel.prompt.play.v1' }), /prompt\.play/],
    ['unknown-type', 'the name of something every object has', withHeaders(held, { ce_type: 'io.twinreel.constructor.v1' }), /constructor/],
    ['unknown-version', 'a version to come', withHeaders(held, { ce_type: 'io.twinreel.call.held.v2' }), /version 2, known: 1/],
    ['unknown-version', 'media of a version to come', withHeaders(media, { ce_type: 'io.twinreel.media.v2' }), /version 2/],
    ['invalid-data', 'a field of the wrong kind', { ...held, value: bytes('{"participantId":7}') }, /^participantId: /],
    ['invalid-data', 'no data', { ...held, value: bytes('null') }, /^data: /],
    ['invalid-data', 'a call id that leaves its folder', { ...held, key: '../x', headers: { ...held.headers, ce_subject: '../x' } }, /call id: must be/],
    [
      'invalid-data',
      'an answer without a time',
      { ...withHeaders(held, { ce_type: 'io.twinreel.call.answered.v1' }), value: bytes('{"by":{"kind":"participant","participantId":"a"},"streams":[]}') },
      /time zero/,
    ],
    [
      'invalid-data',
      'a played prompt that was never heard',
      { ...withHeaders(held, { ce_type: 'io.twinreel.prompt.finished.v1' }), value: bytes('{"promptId":"p","outcome":"played"}') },
      /fromMs and toMs/,
    ],
    [
      'invalid-data',
      'a control of nobody',
      { ...withHeaders(held, { ce_type: 'io.twinreel.control.pause.v1' }), value: bytes('{"via":"app"}') },
      /names its user/,
    ],
    [
      'invalid-data',
      'a stream id that media could not carry',
      {
        ...withHeaders(held, { ce_type: 'io.twinreel.stream.added.v1' }),
        value: bytes(JSON.stringify({ stream: { streamId: 'ü'.repeat(33), participantIds: ['a'], codec: 'PCMU', sampleRateHz: 8_000 } })),
      },
      /stream\.streamId: .*bytes of UTF-8/,
    ],
    [
      'invalid-data',
      'an end further off than any call',
      { ...withHeaders(held, { ce_type: 'io.twinreel.call.ended.v1' }), value: bytes('{"finalSamples":[{"streamId":"s","sampleOffset":99999999999}]}') },
      /finalSamples\.0\.sampleOffset: /,
    ],
    ['invalid-media', 'audio cut short', { ...media, value: media.value.subarray(0, 12) }, /byte 1/],
    ['key-mismatch', 'another record key than subject', { ...held, key: 'call-2' }, /different calls/],
    ['key-mismatch', 'another call in the data', { ...withHeaders(started, { ce_subject: 'call-2' }), key: 'call-2' }, /data\.callId/],
  ])('is refused as %s: %s', (reason, _, message, detail) => {
    expect(decodeCallEvent(message)).toEqual({ ok: false, reason, detail: expect.stringMatching(detail) })
  })

  it('never puts what was in the data into the detail', () => {
    const value = bytes(
      JSON.stringify({ orgId: 'o', callId: 'call-1', direction: '+4930123', participants: [{ participantId: 'a', role: '+4930123', number: 4930123 }] }),
    )
    const refused = decodeCallEvent({ ...started, value })
    expect(refused).toMatchObject({ ok: false, reason: 'invalid-data' })
    expect(JSON.stringify(refused)).not.toContain('4930123')
  })

  it('names at most five faults in at most 500 characters', () => {
    const streams = Array.from({ length: 60 }, () => ({}))
    const refused = decodeCallEvent({ ...withHeaders(held, { ce_type: 'io.twinreel.call.answered.v1' }), value: bytes(JSON.stringify({ streams })) })
    expect(refused).toMatchObject({ ok: false, detail: expect.stringMatching(/^(?:[^;]*;){4}[^;]*$/) })
    expect(refused.ok ? 0 : refused.detail.length).toBeLessThanOrEqual(500)
  })

  it('gives a message or a reason for any headers and bytes, and throws for none', () => {
    const type = fc.constantFrom('call.started', 'call.answered', 'media', 'control.stop', 'timer.due', 'x').map((name) => `io.twinreel.${name}.v1`)
    const headers = fc.record(
      {
        ce_specversion: fc.constant('1.0'),
        ce_id: fc.string(),
        ce_source: fc.string(),
        ce_type: type,
        'content-type': fc.constantFrom('application/json', 'application/cloudevents+json'),
      },
      { requiredKeys: [] },
    )
    const value = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.json().map(bytes))
    fc.assert(
      fc.property(fc.string(), headers, value, (key, some, data) => {
        expect(decodeCallEvent({ key, headers: some, value: data })).toHaveProperty('ok')
      }),
      { numRuns: 500 },
    )
  })
})

describe('a command', () => {
  const command = encodeCommand('call-1', { type: 'gate.close', data: { sequence: 3, atMs: 40 } }, options)
  it('is read back', () => {
    expect(decodeCommand(command)).toEqual({
      ok: true,
      message: { callId: 'call-1', id: '1', command: { type: 'gate.close', data: { sequence: 3, atMs: 40 } } },
    })
  })

  it.each<[string, WireMessage]>([
    ['not-cloudevents', { ...command, headers: {} }],
    ['unknown-type', withHeaders(command, { ce_type: 'io.twinreel.call.held.v1' })],
    ['unknown-version', withHeaders(command, { ce_type: 'io.twinreel.gate.close.v2' })],
    ['not-json', { ...command, value: bytes('{') }],
    ['invalid-data', { ...command, value: bytes('{"sequence":0,"atMs":1}') }],
  ])('is refused as %s', (reason, message) => {
    expect(decodeCommand(message)).toMatchObject({ ok: false, reason })
  })
})

describe('publishing', () => {
  it('takes a manifest key of the longest ids', () => {
    const [orgId, ownerId] = ['o'.repeat(128), 'u'.repeat(128)]
    const completed = {
      recordingId: 'r',
      orgId,
      ownerId,
      callId: 'c',
      startedAt: '2026-03-02T09:00:00Z',
      endedAt: '2026-03-02T09:01:00Z',
      capturedMs: 1,
      pausedMs: 0,
      heldMs: 0,
      lostMs: 0,
      segments: 1,
      sizeBytes: 1,
    }
    expect(() =>
      encodeLifecycle('r', 'recording.completed', { ...completed, manifestKey: `recordings/${orgId}/${ownerId}/r/manifest.json` }, options),
    ).not.toThrow()
  })

  it('fails at once for what no reader would take', () => {
    expect(() => encodeCallEvent('call-1', 'call.held', { participantId: '' }, options)).toThrow(/participantId/)
    expect(() => encodeCallEvent('../x', 'call.held', { participantId: 'a' }, options)).toThrow(/must be 1 to 128/)
    expect(() => encodeCallEvent('call-1', 'call.answered', { by: { kind: 'participant', participantId: 'a' }, streams: [] }, options)).toThrow(/time zero/)
    expect(() =>
      encodeLifecycle('r', 'recording.purged', { recordingId: 'r', orgId: 'o', callId: 'c', ownerId: 'u', purgedAt: 'yesterday', reason: 'go' }, options),
    ).toThrow(/purgedAt/)
    expect(() => encodeDeadLetter('c', { topic: 'calls', partition: -1, offset: 0, reason: 'conflict', detail: '', attributes: {} }, options)).toThrow(
      /partition/,
    )
  })
})
