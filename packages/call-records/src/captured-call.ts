import type { IntervalSet } from '@twinreel/media/intervals'
import type { Mode } from '@twinreel/recording/settings'

/** A recording as the catalog knows it. Times are call time: milliseconds since the answer. */
export interface CapturedRecording {
  recordingId: string
  mode: Mode
  /** Whether its start is announced before anything is captured. */
  isAnnounced: boolean
  startMs: number
  /** `null` while it goes on. */
  endMs: number | null
  endReason: string | null
  /** What its segments hold. */
  captured: IntervalSet
  /** What was missing in them; `null` when only `lostMs` is known any more, since it was purged. */
  losses: readonly { channel: 'near' | 'far'; fromMs: number; toMs: number }[] | null
  lostMs: number
  paused: IntervalSet
  pausedMs: number
}

/** What the ledger says of one owner of a call, and the owner's recordings of it. */
export interface CapturedOwner {
  ownerId: string
  /** `null` while the call is not closed. */
  outcome: { outcome: 'recorded' | 'excluded' | 'failed'; reason: string | null } | null
  lateMs: number
  /** In order; provisional ones that nobody kept are none. */
  recordings: readonly CapturedRecording[]
}

/** A call as the catalog knows it. */
export interface CapturedCall {
  callId: string
  orgId: string
  callType: string | null
  correlationId: string | null
  /** Milliseconds UTC of the answer, by the publisher's clock; `null` before it. */
  timeZeroMs: number | null
  /** Append time of what closed it. */
  endedLogMs: number | null
  owners: readonly CapturedOwner[]
}

/** What is known of a user without a call. */
export interface KnownUser {
  userId: string
  orgId: string
  /** In force when the call was answered; `never` also when recording was off. */
  mode: Mode
  recordsEmergency: boolean
}
