import { z } from 'zod'
import { atMs, callId, keyPart, name, orgId, userId } from './identifiers.ts'

const about = { orgId, callId, ownerId: userId }
const recording = { recordingId: keyPart, ...about }

const recordingStarted = z.looseObject({ ...recording, mode: name, atMs, startedAt: z.iso.datetime() })
const recordingPaused = z.looseObject({ ...recording, atMs })
const recordingResumed = z.looseObject({ ...recording, atMs })
const recordingCompleted = z.looseObject({
  ...recording,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  capturedMs: z.int().min(0),
  pausedMs: z.int().min(0),
  heldMs: z.int().min(0),
  lostMs: z.int().min(0),
  segments: z.int().min(0),
  sizeBytes: z.int().min(0),
  /** Longer than a name: it holds three ids. 1,024 bytes is what S3 allows. */
  manifestKey: z.string().min(1).max(1_024),
})
const recordingFailed = z.looseObject({ ...about, recordingId: keyPart.optional(), reason: name, atMs })
const recordingPurged = z.looseObject({ ...recording, purgedAt: z.iso.datetime(), reason: name })
const callExcluded = z.looseObject({ ...about, reason: name })

export const LIFECYCLE = {
  'recording.started': { 1: recordingStarted },
  'recording.paused': { 1: recordingPaused },
  'recording.resumed': { 1: recordingResumed },
  'recording.completed': { 1: recordingCompleted },
  'recording.failed': { 1: recordingFailed },
  'recording.purged': { 1: recordingPurged },
  'call.excluded': { 1: callExcluded },
} as const

export type LifecycleType = keyof typeof LIFECYCLE

export const deadLetterReason = z.enum([
  'not-cloudevents',
  'unknown-type',
  'unknown-version',
  'not-json',
  'invalid-data',
  'invalid-media',
  'key-mismatch',
  'too-large',
  'call-not-started',
  'call-not-answered',
  'call-ended',
  'unknown-stream',
  'unknown-participant',
  'conflict',
  /** Encrypted media: the call has no such key, or not any more. */
  'media-key-unknown',
  /** Encrypted media that its key does not open: another one's, another message's, or changed. */
  'media-not-decrypted',
  /** The fold failed on it: a fault of ours. The call goes on without this message. */
  'not-folded',
])
export type DeadLetterReason = z.output<typeof deadLetterReason>

/** Where the message stands and why it was not taken. Its attributes, never its data. */
const deadLetter = z.looseObject({
  topic: name,
  partition: z.int().min(0),
  offset: z.int().min(0),
  reason: deadLetterReason,
  detail: z.string().max(500),
  attributes: z.record(z.string(), z.string()),
})
export const DEAD_LETTERS = { 'message.rejected': { 1: deadLetter } } as const
