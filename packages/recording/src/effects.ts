import type { CallCommand } from '@twinreel/contracts/call-commands'
import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import type { CallSpan, Mark } from './facts.ts'
import type { Segment } from './segment.ts'
import type { Mode, Settings } from './settings.ts'

export interface RecordingRef {
  recordingId: string
  orgId: string
  ownerId: string
}

/** Why a recordable call of an owner was not recorded, on purpose. */
export type ExclusionReason =
  | 'mode-never'
  | 'never-started'
  | 'not-selected'
  | 'emergency'
  | 'fax'
  | 'voicemail-retrieval'
  | 'voicemail-off'
  | 'whisper'
  | 'not-kept'
  | 'nothing-captured'

export type FailureReason = 'announcement-failed' | 'announcement-unanswered' | 'announcement-unsupported' | 'log-lost'

/** Exactly one per call and owner; final when the call has ended. */
export type LedgerOutcome =
  | { outcome: 'recorded' }
  | { outcome: 'excluded'; reason: ExclusionReason }
  | { outcome: 'failed'; reason: FailureReason; behavior?: string }

/** Totals of a finished recording, all of call time. */
export interface RecordingTotals {
  capturedMs: number
  pausedMs: number
  heldMs: number
  lostMs: number
  segments: number
  tones: number
  prompts: number
}

/**
 * What the fold of one message asks for, as data. Everything but `command` is idempotent and is applied in every fold;
 * commands are sent only when the fold is live (design §1), obligations still open after a silent fold are sent then.
 */
export type Effect =
  | { kind: 'command'; id: string; command: CallCommand }
  | { kind: 'call.opened'; callType: string | null; direction: string | null; correlationId: string | null }
  | { kind: 'call.answered'; timeZeroMs: number }
  | ({ kind: 'recording.started'; ordinal: number; mode: Mode; settings: Settings; provisional: boolean; atMs: number; startedAtMs: number } & RecordingRef)
  | ({ kind: 'recording.paused' | 'recording.resumed'; atMs: number; number: number } & RecordingRef)
  | ({ kind: 'recording.kept' } & RecordingRef)
  | { kind: 'segment.sealed'; segment: Segment }
  /** All segments of it were sealed before this effect. `tail`: what belongs to no segment any more. `endedAtMs` is the publisher's clock. */
  | ({
      kind: 'recording.ended'
      reason: string
      atMs: number
      endedAtMs: number
      totals: RecordingTotals
      kept: boolean
      tail: { paused: readonly CallSpan[]; marks: readonly Mark[] }
      call: CallSummary
    } & RecordingRef)
  | { kind: 'ledger'; ownerId: string; orgId: string; outcome: LedgerOutcome; lateMs: number }
  | { kind: 'call.closed'; atMs: number }
  | { kind: 'dead-letter'; reason: DeadLetterReason; detail: string }
  | { kind: 'counted'; what: 'duplicate-event' | 'duplicate-audio' | 'late-audio'; amount: number }

/** What a manifest says of the call around its recording. */
export interface CallSummary {
  callType: string | null
  correlationId: string | null
  timeZeroMs: number
  participants: readonly { participantId: string; role: string; userId: string | null; joinedMs: number; leftMs: number | null }[]
}
