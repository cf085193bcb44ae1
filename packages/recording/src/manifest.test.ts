import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { manifest, manifestDocument, segmentDetail, type ManifestFacts, type SealedSegment } from './manifest.ts'
import { readManifest } from './manifest-facts.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const signer = { keyId: '0123456789abcdef', sign: () => `${'A'.repeat(86)}==` }
const format = { codec: 'PCMU', sampleRateHz: 8_000 } as const
const zeroMs = Date.UTC(2026, 2, 2, 10)

/** Two seconds, a pause of one, and two more; a hold over the pause; what lies on a border belongs to what begins there. */
const segments: readonly SealedSegment[] = [
  {
    index: 0,
    key: 'k/00000.wav',
    sha256: 'aa',
    sizeBytes: 100,
    fromMs: 0,
    toMs: 2_000,
    detail: {
      format,
      losses: [{ channel: 'far', streamId: 's', fromMs: 0, toMs: 2_000 }],
      held: [[1_500, 2_000]],
      paused: [],
      marks: [{ number: 1, atMs: 0, what: { kind: 'started' } }],
    },
  },
  {
    index: 1,
    key: 'k/00001.wav',
    sha256: 'bb',
    sizeBytes: 50,
    fromMs: 3_000,
    toMs: 4_000,
    detail: {
      format,
      losses: [],
      held: [[3_000, 3_500]],
      paused: [[2_000, 3_000]],
      marks: [
        { number: 4, atMs: 2_000, what: { kind: 'paused' } },
        { number: 3, atMs: 3_000, what: { kind: 'resumed' } },
      ],
    },
  },
  {
    index: 2,
    key: 'k/00002.wav',
    sha256: 'cc',
    sizeBytes: 50,
    fromMs: 4_000,
    toMs: 5_000,
    detail: {
      format,
      losses: [{ channel: 'near', streamId: 't', fromMs: 4_000, toMs: 5_000 }],
      held: [],
      paused: [],
      marks: [{ number: 7, atMs: 4_000, what: { kind: 'left', participantId: 'bob' } }],
    },
  },
]
const facts: ManifestFacts = {
  recordingId: 'r1',
  callId: 'c1',
  orgId: 'acme',
  ownerId: 'ann',
  ordinal: 1,
  mode: 'always-pause-resume',
  settings: DEFAULT_SETTINGS,
  startedAtMs: zeroMs,
  endedAtMs: zeroMs + 6_000,
  endReason: 'call-ended',
  call: { callType: 'pstn', correlationId: null, timeZeroMs: zeroMs, participants: [] },
  totals: { capturedMs: 4_000, pausedMs: 2_000, heldMs: 1_000, lostMs: 3_000, segments: 3, tones: 2, prompts: 1 },
  tail: { paused: [[5_000, 6_000]], marks: [{ number: 6, atMs: 6_000, what: { kind: 'ended', reason: 'call-ended' } }] },
  segments,
}
const text = (changed: Partial<ManifestFacts> = {}): string => new TextDecoder().decode(manifest({ ...facts, ...changed }, { sha256, signer }))
const read = (json: string) => readManifest(new TextEncoder().encode(json))

describe('a manifest says', () => {
  test('everything that is known of its recording', () => {
    const { chainHead, segments: listed, ...rest } = manifestDocument(facts, sha256)
    expect(rest).toEqual({
      manifestVersion: 1,
      recordingId: 'r1',
      callId: 'c1',
      orgId: 'acme',
      ownerId: 'ann',
      ordinal: 1,
      mode: 'always-pause-resume',
      settings: DEFAULT_SETTINGS,
      startedAt: '2026-03-02T10:00:00.000Z',
      endedAt: '2026-03-02T10:00:06.000Z',
      endReason: 'call-ended',
      call: { callType: 'pstn', correlationId: null, timeZeroMs: zeroMs, timeZero: '2026-03-02T10:00:00.000Z', participants: [] },
      channels: { left: 'near', right: 'far' },
      format,
      capturedMs: 4_000,
      pausedMs: 2_000,
      heldMs: 1_000,
      lostMs: 3_000,
      segments: undefined,
      tones: 2,
      prompts: 1,
      sizeBytes: 200,
      captured: [
        [0, 2_000],
        [3_000, 5_000],
      ],
      paused: [
        [2_000, 3_000],
        [5_000, 6_000],
      ],
      held: [
        [1_500, 2_000],
        [3_000, 3_500],
      ],
      lost: [
        { channel: 'far', streamId: 's', fromMs: 0, toMs: 2_000 },
        { channel: 'near', streamId: 't', fromMs: 4_000, toMs: 5_000 },
      ],
      events: [
        { number: 1, atMs: 0, what: { kind: 'started' } },
        { number: 3, atMs: 3_000, what: { kind: 'resumed' } },
        { number: 4, atMs: 2_000, what: { kind: 'paused' } },
        { number: 6, atMs: 6_000, what: { kind: 'ended', reason: 'call-ended' } },
        { number: 7, atMs: 4_000, what: { kind: 'left', participantId: 'bob' } },
      ],
    })
    expect(listed).toMatchObject([
      { index: 0, key: 'k/00000.wav', sha256: 'aa', sizeBytes: 100, fromMs: 0, toMs: 2_000 },
      { index: 1, key: 'k/00001.wav' },
      { index: 2, chain: chainHead },
    ])
  })

  test('of a recording without a segment that it has no format', () => {
    expect(manifestDocument({ ...facts, segments: [] }, sha256)).toMatchObject({ format: null, sizeBytes: 0, captured: [], segments: [] })
  })

  test('what a segment’s row remembers of its seal', () => {
    const { detail, ...rest } = segments[1] ?? fail()
    const sealed = { ...rest, ...detail, recordingId: 'r1', ownerId: 'ann', orgId: 'acme', near: [], far: [] }
    expect(segmentDetail(sealed as unknown as Parameters<typeof segmentDetail>[0])).toEqual(detail)
  })
})

describe('a manifest gives back', () => {
  test('the facts and the segments it was assembled from, each with what belongs to it', () => {
    const result = read(text())
    if (!result.ok) throw new Error(result.why)
    const inOrder = segments.map((one) => ({ ...one, detail: { ...one.detail, marks: one.detail.marks.toSorted((a, b) => a.number - b.number) } }))
    expect(result.manifest.segments).toEqual(inOrder)
    const { totals, tail: _, segments: __, call: ___, ...known } = facts
    const { segments: ____, ...counts } = totals
    expect(result.manifest).toMatchObject({ ...known, ...counts, notKept: false })
  })

  test('that it was never asked to be kept, in the mode that keeps on request and there alone', () => {
    const kept = { paused: [], marks: [{ number: 9, atMs: 5_500, what: { kind: 'kept' } }] } as const
    const notKept = (changed: Partial<ManifestFacts>): unknown => {
      const result = read(text(changed))
      return result.ok && result.manifest.notKept
    }
    expect([notKept({}), notKept({ mode: 'on-demand' }), notKept({ mode: 'on-demand', tail: kept })]).toEqual([false, true, false])
  })
})

describe('what is no manifest', () => {
  test('is no JSON document: half of one, or bytes that are no text', () => {
    expect(read(text().slice(0, 100))).toEqual({ ok: false, why: 'is no JSON document' })
    expect(readManifest(Uint8Array.from([0x22, 0xff, 0x22]))).toEqual({ ok: false, why: 'is no JSON document' })
  })

  const wrong: readonly (readonly [string, unknown])[] = [
    ...['recordingId', 'callId', 'orgId', 'ownerId', 'endReason', 'segments.0.key', 'segments.0.sha256', 'lost.0.streamId'].map((at) => [at, 7] as const),
    ...['ordinal', 'tones', 'prompts', 'segments.0.index', 'segments.0.sizeBytes'].map((at) => [at, 1.5] as const),
    ...['capturedMs', 'pausedMs', 'heldMs', 'lostMs', 'segments.0.fromMs', 'segments.0.toMs', 'lost.0.fromMs', 'lost.0.toMs'].map((at) => [at, '1'] as const),
    ...['paused', 'held', 'lost', 'events'].map((at) => [at, {}] as const),
    ...['paused.0', 'held.0'].map((at) => [at, [1]] as const),
    ...['paused.0.1', 'held.0.0'].map((at) => [at, '1'] as const),
    ...['startedAt', 'endedAt'].map((at) => [at, 'yesterday'] as const),
    ...['format', 'events.0'].flatMap((at) => [[at, null] as const, [at, 'text'] as const]),
    ['events.0', { atMs: 0, what: {} }],
    ['events.0', { number: 0, what: {} }],
    ['events.0', { number: 0, atMs: 0 }],
    ['manifestVersion', 2],
    ['mode', 'sometimes'],
    ['settings.mode', 'sometimes'],
    ['lost.0.channel', 'middle'],
    ['segments', []],
  ]
  test.each(wrong)('is one whose %s is %j: it says where', (at, value) => {
    const document = JSON.parse(text()) as Record<string, unknown>
    const path = at.split('.')
    const holder = path.slice(0, -1).reduce<Record<string, unknown>>((inner, name) => inner[name] as Record<string, unknown>, document)
    holder[path.at(-1) ?? ''] = value
    const result = read(JSON.stringify(document))
    expect(result.ok ? '' : result.why).toMatch(new RegExp(`^is no manifest of version 1: ${at.replaceAll('.', '\\.')} .`))
  })
})

function fail(): never {
  throw new Error('there is such a segment')
}
