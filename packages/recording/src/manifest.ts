import type { AudioFormat } from '@twinreel/media/format'
import { add, type IntervalSet } from '@twinreel/media/intervals'
import type { CallSummary, RecordingTotals } from './effects.ts'
import type { CallSpan, Loss, Mark } from './facts.ts'
import { chainOf, type ChainedSegment, type ChainIdentity, type Sha256 } from './manifest-chain.ts'
import { signatureLines, type ManifestSigner } from './manifest-signature.ts'
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

export interface SealedSegment extends ChainedSegment {
  detail: SegmentDetail
}

export interface ManifestFacts extends ChainIdentity {
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
 * positions and no clock of ours in it: the same call gives the same bytes under one key. All `…Ms` without a date are call time. Its last
 * two lines are the signature of everything before them.
 */
export function manifest(facts: ManifestFacts, { sha256, signer }: { sha256: Sha256; signer: ManifestSigner }): Uint8Array {
  const encoder = new TextEncoder()
  const text = unsignedManifest(facts, sha256)
  const value = signer.sign(encoder.encode(text))
  return encoder.encode(text + signatureLines({ algorithm: 'Ed25519', keyId: signer.keyId, value }))
}

/** All of a manifest that is signed: its text up to, and with the line feed before, the line of the signature. */
export function unsignedManifest(facts: ManifestFacts, sha256: Sha256): string {
  const text = JSON.stringify(manifestDocument(facts, sha256), null, 2)
  return `${text.slice(0, -'\n}'.length)},\n`
}

/** What a manifest says, without its signature. */
export function manifestDocument(facts: ManifestFacts, sha256: Sha256): Record<string, unknown> {
  const { segments, tail, totals, call } = facts
  const chain = chainOf(facts, segments, sha256)
  return {
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
    segments: segments.map(({ index, key, sha256: objectSha256, sizeBytes, fromMs, toMs }, i) => ({
      index,
      key,
      sha256: objectSha256,
      sizeBytes,
      fromMs,
      toMs,
      chain: chain.links[i],
    })),
    chainHead: chain.head,
  }
}

function joined(spans: readonly CallSpan[]): IntervalSet {
  return spans.reduce<IntervalSet>((set, [from, to]) => add(set, from, to), [])
}
