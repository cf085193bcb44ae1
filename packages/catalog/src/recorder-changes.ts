import type { LedgerOutcome, RecordingTotals } from '@twinreel/recording/effects'
import type { ChainedSegment } from '@twinreel/recording/manifest-chain'
import type { Mode, Settings } from '@twinreel/recording/settings'

/** A message for a topic, handed over through the outbox: it is published after the transaction that made it true. */
export interface OutboxMessage {
  topic: string
  key: string
  headers: Readonly<Record<string, string>>
  /** JSON text. */
  value: string
}

/**
 * What a recorder commits, in order, in one transaction that first compares the partition's epoch. Each is idempotent: applied
 * again after a re-fold it changes nothing, and `announce` goes to the outbox only if the change was new.
 */
export type RecorderChange =
  /** `offset`: of the call's first message. */
  | { kind: 'call.opened'; callId: string; orgId: string; callType: string | null; direction: string | null; correlationId: string | null; offset: number }
  | { kind: 'call.answered'; callId: string; timeZeroMs: number }
  | {
      kind: 'recording.started'
      recordingId: string
      callId: string
      orgId: string
      ownerId: string
      ordinal: number
      mode: Mode
      settings: Settings
      provisional: boolean
      startedAtMs: number
      announce: OutboxMessage
    }
  /** Paused or resumed; `number` of the mark within the call makes it idempotent. */
  | { kind: 'recording.changed'; recordingId: string; status: 'recording' | 'paused'; number: number; announce: OutboxMessage }
  | { kind: 'recording.kept'; recordingId: string }
  /** `detail`, JSON: losses, held, paused, marks; what the manifest is assembled from. */
  | ({ kind: 'segment'; recordingId: string; detail: string } & ChainedSegment)
  | {
      kind: 'recording.ended'
      recordingId: string
      /** `not-kept` makes it due at once, `empty` has no segments and no manifest, `failed` ended by a named loss. */
      status: 'completed' | 'not-kept' | 'empty' | 'failed'
      reason: string
      endedAtMs: number
      /** Append time of the ending message: the clock of retention. */
      endedLogMs: number
      totals: RecordingTotals
      sizeBytes: number
      manifest: { key: string; sha256: string; sizeBytes: number } | null
      announce: OutboxMessage | null
    }
  /** Upserted: a call that goes on after an idle end may change it. */
  | { kind: 'ledger'; callId: string; ownerId: string; orgId: string; outcome: LedgerOutcome; lateMs: number; announce: OutboxMessage | null }
  | { kind: 'call.closed'; callId: string; endedLogMs: number }
  | { kind: 'dead-letter'; topic: string; partition: number; offset: number; announce: OutboxMessage }
  /** Checkpoint: the first position that still carries unsealed audio, and the state before it (JSON). `endedOffset` makes it a tombstone. */
  | { kind: 'session'; callId: string; offset: number; foldVersion: number; state: string; endedOffset: number | null }
  | { kind: 'partition'; safeOffset: number; performedOffset: number }
