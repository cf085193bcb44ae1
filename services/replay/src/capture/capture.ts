import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import type { Policy } from '@twinreel/recording/policy'

/** Raised when a reader of before could misunderstand a file of today; a reader refuses what is newer than itself. */
export const CAPTURE_VERSION = 1

/** One call's log and what was decided of it: enough to fold it again anywhere. */
export interface Capture {
  header: CaptureHeader
  /** What was in force for the participants, as it was written down at the answer or the joining. */
  policies: readonly CapturedPolicy[]
  /** All of the call that stood in the log, in its order. Media is never encrypted here. */
  messages: readonly CapturedMessage[]
  /** What was decided and stored then; `null` in a capture whose audio or names were replaced, or that was renewed: nothing of then is left in it. */
  recorded: Recorded | null
  /** What the version that wrote the capture decides of these very messages. */
  decided: Decided
}

export interface CaptureHeader {
  callId: string
  /** `null` for a call that never started. */
  orgId: string | null
  /** Version of the program that wrote it. */
  writtenBy: string
  /** Partition of the topic `calls`, which dead letters name. */
  partition: number
  /** The call had ended; of one that goes on the capture holds the beginning. */
  isOver: boolean
  /** `synthetic`: tones of the same shape stand where people spoke. `inferred`: the same, and even the shape was concluded from lengths, because the media was encrypted and its key destroyed. */
  audio: 'recorded' | 'synthetic' | 'inferred'
  anonymized: boolean
  /** Messages that were not taken along: where audio or names are replaced, those that nobody can read, because anything may stand in them. */
  leftOut: number
  /** Whether the version that wrote it decided, of the call as it was, what was decided then; else where they part. */
  agreed: { with: 'then' } | { with: 'nobody'; parting: string }
}

export interface CapturedPolicy {
  participantId: string
  asOfMs: number
  /** `null`: nobody we know stands behind the participant. */
  policy: Policy | null
}

export interface CapturedMessage {
  /** Position in the log. */
  offset: number
  /** Milliseconds UTC by the log's clock. */
  appendedAtMs: number
  headers: Readonly<Record<string, string>>
  /** `null`: it was too large to be read, and `sizeBytes` says how large. */
  value: Uint8Array | null
  sizeBytes: number
}

/** What became of a call, as catalog and store have it. */
export interface Outcome {
  ledger: readonly OutcomeLedger[]
  recordings: readonly OutcomeRecording[]
}

export interface OutcomeLedger {
  ownerId: string
  outcome: string
  reason: string | null
  behavior: string | null
  lateMs: number
}

/** The status of a recording that was claimed for deletion when the call was captured: parts of it may be gone. */
export const BEING_DELETED = 'being-deleted'

export interface OutcomeRecording {
  recordingId: string
  ownerId: string
  ordinal: number
  mode: string
  /** That of the catalog, or `BEING_DELETED`. */
  status: string
  endReason: string | null
  capturedMs: number
  pausedMs: number
  heldMs: number
  lostMs: number
  tones: number
  prompts: number
  objects: readonly OutcomeObject[]
  /** `null` while there is none, and of one that can't be read any more. */
  manifest: OutcomeManifest | null
}

export interface OutcomeObject {
  index: number
  key: string
  sha256: string
  sizeBytes: number
  fromMs: number
  toMs: number
}

export interface OutcomeManifest {
  key: string
  /** SHA-256 of everything but its signature: the same under every key. */
  signedSha256: string
  /** All of it but its signature. */
  document: Readonly<Record<string, unknown>>
}

/** What was decided then: from the topics, the catalog and the store. */
export interface Recorded extends Outcome {
  /** On the topic `call-commands`, each once, in their order; answers to `awaits` left out. */
  commands: readonly RecordedCommand[]
  /** Messages that became dead letters. */
  refused: readonly Refused[]
}

export interface RecordedCommand {
  offset: number
  appendedAtMs: number
  id: string
  type: string
  data: unknown
}

export interface Refused {
  /** Position of the message on the topic `calls`. */
  offset: number
  reason: DeadLetterReason
}

export interface Decided extends Outcome {
  /** Messages of which something followed, in the log's order. */
  events: readonly DecidedEvent[]
}

export interface DecidedEvent {
  /** The how-manieth message of the capture, from 1. */
  number: number
  offset: number
  /** Type without prefix and version, such as `control.pause`; `unreadable` of what is no event. */
  type: string
  /** Call time: the event's own, else that of the call's clock after it; `null` before the answer. */
  atMs: number | null
  decisions: readonly Decision[]
}

/** One thing that followed from a message: a command, an effect on a recording, or that it was refused. Plain JSON, compared as it stands. */
export interface Decision {
  kind: string
  [field: string]: unknown
}
