import { z } from 'zod'
import type { CallSummary } from './effects.ts'
import type { CallSpan, Mark } from './facts.ts'
import type { ChainedSegment, ChainIdentity } from './manifest-chain.ts'

/** A manifest's entry of a segment. */
export type ManifestSegment = ChainedSegment & { chain: string }

/** The parts of a manifest that are looked at one by one; the others are compared whole. */
export type ManifestDocument = Record<string, unknown> &
  ChainIdentity & {
    manifestVersion: number
    call: CallSummary & { timeZero: string }
    paused: CallSpan[]
    events: Mark[]
    segments: ManifestSegment[]
    chainHead: string
  }

const segmentSchema = z.strictObject({
  index: z.int(),
  key: z.string(),
  sha256: z.string(),
  sizeBytes: z.int(),
  fromMs: z.int(),
  toMs: z.int(),
  chain: z.string(),
})

const documentSchema = z.looseObject({
  manifestVersion: z.int(),
  recordingId: z.string(),
  callId: z.string(),
  orgId: z.string(),
  ownerId: z.string(),
  ordinal: z.int(),
  call: z.looseObject({ timeZeroMs: z.int(), timeZero: z.string() }),
  paused: z.array(z.tuple([z.int(), z.int()])),
  events: z.array(z.looseObject({ number: z.int() })),
  segments: z.array(segmentSchema),
  chainHead: z.string(),
})

/** What the signed bytes of a manifest say, or what keeps them from saying it. */
export function readManifestDocument(bytes: Uint8Array): { document: ManifestDocument } | { problem: string } {
  const value = parsed(bytes)
  if (value === null) return { problem: 'is no JSON document' }
  const result = documentSchema.safeParse(value)
  if (result.success) return { document: value as ManifestDocument }
  const [issue] = result.error.issues
  return { problem: `has not the shape of a manifest: ${issue?.path.join('.') || 'all of it'}` }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    return null
  }
}
