import type { RecordCallType } from './call-record.ts'

/** What became of one user's part in one call. The last two can't be told without more. */
export const STATUSES = [
  'recorded',
  'partly',
  'not-recorded',
  'recorded-without-record',
  'recorded-in-error',
  'intentionally-not-recorded',
  'ambiguous',
] as const
export type Status = (typeof STATUSES)[number]

/** Whether somebody has to look at it. */
export function isGap(status: Status): boolean {
  return status !== 'recorded' && status !== 'intentionally-not-recorded'
}

/** Why an interval is missing that should have been captured. */
export type GapReason =
  /** Never came, or after its segment was sealed. */
  | 'lost'
  /** Nothing came on that side at all. */
  | 'no-media'
  /** The log's answer is later than the record's. */
  | 'late-answer'
  /** The user came into the call later than the record says. */
  | 'late-join'
  /** The call fell silent and was taken as over. */
  | 'idle-end'
  /** The log says that the call ended before the record does. */
  | 'early-end'
  /** The log says that the user left before the record does. */
  | 'early-leave'
  | 'log-lost'
  /** The call is not over yet, as far as the log knows. */
  | 'still-open'
  /** Neither in a segment nor in a pause. */
  | 'missing-segment'
  /** Nothing of the user's part in the call was captured; the finding says why. */
  | 'not-recorded'

/** Why an interval is missing as it should be. */
export type PurposeReason = 'paused' | 'announcement' | 'before-start' | 'stopped'

/** Captured, though the platform's record says that the user was not in the call. */
export type ExcessReason = 'before-answer' | 'after-release' | 'not-in-call'

/** Milliseconds UTC, half-open. `channel`: the owner's side, the others', or both. */
export interface Interval<Reason> {
  reason: Reason
  channel: 'near' | 'far' | 'both'
  fromMs: number
  toMs: number
  /** Its length; less than `toMs - fromMs` where it is only known how much is missing in there (a purged recording). */
  lengthMs: number
}

/** An event of the platform's that the difference points at. */
export interface MissedEvent {
  type: 'call.started' | 'call.answered' | 'participant.joined' | 'participant.left' | 'call.ended' | 'media'
  how: 'missing' | 'late' | 'early' | 'incomplete'
}

export type WhyNot =
  /** What the ledger says: a reason of an exclusion or a failure. */
  | { kind: 'ledger'; reason: string }
  /** Such calls are never recorded. */
  | { kind: 'kind-of-call'; callType: RecordCallType }
  | { kind: 'call-type'; recordSays: RecordCallType; logSays: string | null }
  /** The platform's record says that the user was to be recorded, or was. */
  | { kind: 'settings-differ'; recordSays: string; ledgerSays: string }
  | {
      kind:
        | 'unknown-call'
        | 'not-answered-in-log'
        | 'not-in-call'
        | 'still-open'
        | 'unknown-user'
        | 'no-user'
        | 'not-answered'
        | 'ended-before-capture'
        | 'mode-never'
        | 'no-record'
    }

export interface Finding {
  status: Status
  /** Of the log; `null` for a call it does not know. */
  callId: string | null
  /** Of the platform's record, where it is another one. */
  recordCallId: string | null
  ownerId: string | null
  orgId: string | null
  /** Lines of the file, the first 16. */
  lines: readonly number[]
  matchedBy: 'call-id' | 'correlation-id' | 'time' | null
  /** When the user was in the call: by the records, else by the ledger. */
  fromMs: number
  toMs: number
  expectedMs: number
  capturedMs: number
  why: WhyNot | null
  gaps: readonly Interval<GapReason>[]
  onPurpose: readonly Interval<PurposeReason>[]
  excesses: readonly Interval<ExcessReason>[]
  events: readonly MissedEvent[]
  /** Calls that fit equally well. */
  candidates: readonly string[]
}
