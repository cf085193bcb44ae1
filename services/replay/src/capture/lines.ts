import { codec } from '@twinreel/contracts/call-events'
import { MAX_SAMPLE_OFFSET, callId, streamId } from '@twinreel/contracts/identifiers'
import { deadLetterReason } from '@twinreel/contracts/lifecycle'
import { bytesPerSample } from '@twinreel/media/format'
import { policySchema } from '@twinreel/recording/policy'
import { z } from 'zod'
import { CAPTURE_VERSION } from './capture.ts'

const offset = z.int().min(0)
const timeMs = z.int()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
const json = z.record(z.string(), z.unknown())

/** The first line. What follows may be read only if its version is known. */
export const versionLine = z.looseObject({ line: z.literal('capture'), version: z.int().min(1) })

const captureLine = z.strictObject({
  line: z.literal('capture'),
  version: z.literal(CAPTURE_VERSION),
  callId,
  orgId: z.string().nullable(),
  writtenBy: z.string(),
  partition: z.int().min(0),
  isOver: z.boolean(),
  audio: z.enum(['recorded', 'synthetic', 'inferred']),
  anonymized: z.boolean(),
  leftOut: z.int().min(0),
  /** Whether what was decided then is in the file. */
  recorded: z.boolean(),
  agreed: z.discriminatedUnion('with', [z.strictObject({ with: z.literal('then') }), z.strictObject({ with: z.literal('nobody'), parting: z.string() })]),
})

const policyLine = z.strictObject({ line: z.literal('policy'), participantId: z.string(), asOfMs: timeMs, policy: policySchema.nullable() })

/** A run whose samples are the synthetic ones of its stream at its place. */
const runShape = z.strictObject({ streamId, offset: z.int().min(0).max(MAX_SAMPLE_OFFSET), sampleCount: z.int().min(0).max(0xffff_ffff), codec })

/** No log hands out a larger value; without a bound one line could ask for gigabytes of sound. */
const MAX_AUDIO_BYTES = 1024 * 1024
const runShapes = z.array(runShape).refine((runs) => runs.reduce((sum, run) => sum + run.sampleCount * bytesPerSample(run.codec), 0) <= MAX_AUDIO_BYTES, {
  message: `the samples have more than ${MAX_AUDIO_BYTES} bytes, more than a message may`,
})

/** Exactly one of the last five says what the value is. */
const messageLine = z
  .strictObject({
    line: z.literal('message'),
    offset,
    appendedAtMs: timeMs,
    headers: z.record(z.string(), z.string()),
    /** JSON, when writing it gives the very bytes that came. */
    data: z.unknown().optional(),
    text: z.string().optional(),
    base64: z.base64().optional(),
    runs: runShapes.optional(),
    tooLargeBytes: z.int().min(0).optional(),
  })
  .refine((message) => ['data', 'text', 'base64', 'runs', 'tooLargeBytes'].filter((name) => name in message).length === 1, {
    message: 'a message has one of data, text, base64, runs and tooLargeBytes',
  })

const commandLine = z.strictObject({ line: z.literal('command'), offset, appendedAtMs: timeMs, id: z.string(), type: z.string(), data: json })
const refusedLine = z.strictObject({ line: z.literal('refused'), offset, reason: deadLetterReason })

const of = z.enum(['recorded', 'decided'])
const ledgerLine = z.strictObject({
  line: z.literal('ledger'),
  of,
  ownerId: z.string(),
  outcome: z.string(),
  reason: z.string().nullable(),
  behavior: z.string().nullable(),
  lateMs: z.int(),
})

const object = z.strictObject({ index: z.int().min(0), key: z.string(), sha256, sizeBytes: z.int().min(0), fromMs: z.int(), toMs: z.int() })
const recordingLine = z.strictObject({
  line: z.literal('recording'),
  of,
  recordingId: z.string(),
  ownerId: z.string(),
  ordinal: z.int().min(1),
  mode: z.string(),
  status: z.string(),
  endReason: z.string().nullable(),
  capturedMs: z.int(),
  pausedMs: z.int(),
  heldMs: z.int(),
  lostMs: z.int(),
  tones: z.int(),
  prompts: z.int(),
  objects: z.array(object),
  manifest: z.strictObject({ key: z.string(), signedSha256: sha256, document: json }).nullable(),
})

const eventLine = z.strictObject({
  line: z.literal('event'),
  number: z.int().min(1),
  offset,
  type: z.string(),
  atMs: z.int().nullable(),
  decisions: z.array(z.looseObject({ kind: z.string() })).min(1),
})

/** The last line: so many came before it, and their bytes have this SHA-256. */
const endLine = z.strictObject({ line: z.literal('end'), lines: z.int().min(1), sha256 })

export const lineSchema = z.discriminatedUnion('line', [
  captureLine,
  policyLine,
  messageLine,
  commandLine,
  refusedLine,
  ledgerLine,
  recordingLine,
  eventLine,
  endLine,
])
export type Line = z.output<typeof lineSchema>
export type LineOf<K extends Line['line']> = Extract<Line, { line: K }>
export type RunShape = z.output<typeof runShape>
