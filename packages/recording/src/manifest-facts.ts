import { intersect, type IntervalSet } from '@twinreel/media/intervals'
import { z } from 'zod'
import type { CallSpan, Mark } from './facts.ts'
import { MANIFEST_VERSION, type SealedSegment } from './manifest.ts'
import { MODES, settingsSchema } from './settings.ts'

const ms = z.number()
const span = z.tuple([ms, ms])
const date = z.iso.datetime().transform((text) => Date.parse(text))

/** Fields that are not read here are let through: what a manifest may hold besides is checked by whoever verifies it. */
const manifestSchema = z.object({
  manifestVersion: z.literal(MANIFEST_VERSION),
  recordingId: z.string(),
  callId: z.string(),
  orgId: z.string(),
  ownerId: z.string(),
  ordinal: z.int(),
  mode: z.enum(MODES),
  settings: settingsSchema,
  startedAt: date,
  endedAt: date,
  endReason: z.string(),
  format: z.custom<SealedSegment['detail']['format']>((value) => typeof value === 'object' && value !== null),
  capturedMs: ms,
  pausedMs: ms,
  heldMs: ms,
  lostMs: ms,
  tones: z.int(),
  prompts: z.int(),
  paused: z.array(span),
  held: z.array(span),
  lost: z.array(z.strictObject({ channel: z.enum(['near', 'far']), streamId: z.string(), fromMs: ms, toMs: ms })),
  events: z.array(z.custom<Mark>((value) => typeof value === 'object' && value !== null && 'number' in value && 'atMs' in value && 'what' in value)),
  segments: z
    .array(
      z.object({
        index: z.int(),
        key: z.string(),
        sha256: z.string(),
        sizeBytes: z.int(),
        fromMs: ms,
        toMs: ms,
      }),
    )
    .min(1),
})

/** What a manifest says of its recording, taken apart again as the rows it was assembled from. */
export interface ReadManifest extends Omit<z.output<typeof manifestSchema>, 'segments' | 'startedAt' | 'endedAt' | 'manifestVersion'> {
  startedAtMs: number
  endedAtMs: number
  segments: readonly SealedSegment[]
  /** Recorded provisionally, and nobody asked to keep it. */
  notKept: boolean
}

/** The inverse of `manifest`: from its bytes the facts of its recording and of each segment; or why it can't be read. */
export function readManifest(bytes: Uint8Array): { ok: true; manifest: ReadManifest } | { ok: false; why: string } {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { ok: false, why: 'is no JSON document' }
  }
  const result = manifestSchema.safeParse(value)
  if (!result.success) {
    const [issue] = result.error.issues
    return { ok: false, why: `is no manifest of version ${MANIFEST_VERSION}: ${issue?.path.map(String).join('.')} ${issue?.message}` }
  }
  const { startedAt, endedAt, manifestVersion: _, segments, ...facts } = result.data
  const notKept = facts.mode === 'on-demand' && !facts.events.some(({ what }) => what.kind === 'kept')
  return { ok: true, manifest: { ...facts, startedAtMs: startedAt, endedAtMs: endedAt, notKept, segments: withDetails(segments, facts) } }
}

/** As the seal dealt it out: what lies before a segment's end and in none before it. What is left over belongs to no segment. */
function withDetails(
  segments: readonly Omit<SealedSegment, 'detail'>[],
  { format, lost, held, paused, events }: Pick<ReadManifest, 'format' | 'lost' | 'held' | 'paused' | 'events'>,
): SealedSegment[] {
  let [restPaused, restMarks]: [readonly CallSpan[], readonly Mark[]] = [paused, events]
  const heldSet: IntervalSet = held
  return segments.map(({ index, key, sha256, sizeBytes, fromMs, toMs }) => {
    const detail = {
      format,
      losses: lost.filter((loss) => loss.fromMs >= fromMs && loss.toMs <= toMs),
      held: intersect(heldSet, fromMs, toMs),
      paused: restPaused.filter(([from]) => from < toMs),
      marks: restMarks.filter((mark) => mark.atMs < toMs),
    }
    restPaused = restPaused.filter(([from]) => from >= toMs)
    restMarks = restMarks.filter((mark) => mark.atMs >= toMs)
    return { index, key, sha256, sizeBytes, fromMs, toMs, detail }
  })
}
