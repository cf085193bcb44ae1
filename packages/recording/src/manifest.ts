import type { AudioFormat } from '@twinreel/media/format'
import { add, type IntervalSet } from '@twinreel/media/intervals'
import type { CallSummary, RecordingTotals } from './effects.ts'
import type { CallSpan, Loss, Mark } from './facts.ts'
import type { Segment } from './segment.ts'
import type { Mode, Settings } from './settings.ts'

/** What a segment's catalog row remembers of its seal; together the rows of a recording give its manifest. */
export interface SegmentDetail {
  format: AudioFormat
  losses: readonly Loss[]
  held: readonly CallSpan[]
  paused: readonly CallSpan[]
  marks: readonly Mark[]
}

export interface SealedSegment {
  index: number
  key: string
  sha256: string
  sizeBytes: number
  fromMs: number
  toMs: number
  detail: SegmentDetail
}

export interface ManifestFacts {
  recordingId: string
  callId: string
  orgId: string
  ownerId: string
  ordinal: number
  mode: Mode
  settings: Settings
  startedAtMs: number
  endedAtMs: number
  endReason: string
  call: CallSummary
  totals: RecordingTotals
  tail: { paused: readonly CallSpan[]; marks: readonly Mark[] }
  segments: readonly SealedSegment[]
}

export const MANIFEST_VERSION = 1

export function segmentDetail(segment: Segment): SegmentDetail {
  const { format, losses, held, paused, marks } = segment
  return { format, losses, held, paused, marks }
}

/**
 * The recording's `manifest.json`: everything the catalog knows about it, so that the catalog can be made again from the bucket. No log
 * positions and no clock of ours in it: the same call gives the same bytes. All `…Ms` without a date are call time.
 */
export function manifest(facts: ManifestFacts): string {
  const { segments, tail, totals, call } = facts
  const document = {
    manifestVersion: MANIFEST_VERSION,
    recordingId: facts.recordingId,
    callId: facts.callId,
    orgId: facts.orgId,
    ownerId: facts.ownerId,
    ordinal: facts.ordinal,
    mode: facts.mode,
    settings: facts.settings,
    startedAt: new Date(facts.startedAtMs).toISOString(),
    endedAt: new Date(facts.endedAtMs).toISOString(),
    endReason: facts.endReason,
    call: { ...call, timeZero: new Date(call.timeZeroMs).toISOString() },
    channels: { left: 'near', right: 'far' },
    format: segments[0]?.detail.format ?? null,
    ...totals,
    sizeBytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    captured: joined(segments.map((segment) => [segment.fromMs, segment.toMs])),
    paused: joined([...segments.flatMap((segment) => segment.detail.paused), ...tail.paused]),
    held: joined(segments.flatMap((segment) => segment.detail.held)),
    lost: segments.flatMap((segment) => segment.detail.losses),
    events: [...segments.flatMap((segment) => segment.detail.marks), ...tail.marks].toSorted((a, b) => a.number - b.number),
    segments: segments.map(({ index, key, sha256, sizeBytes, fromMs, toMs }) => ({ index, key, sha256, sizeBytes, fromMs, toMs })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function joined(spans: readonly CallSpan[]): IntervalSet {
  return spans.reduce<IntervalSet>((set, [from, to]) => add(set, from, to), [])
}
