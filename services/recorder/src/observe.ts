import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import type { CallEvent } from '@twinreel/contracts/messages'
import type { Effect } from '@twinreel/recording/effects'
import type { CallState } from '@twinreel/recording/session/state'

/** What a recorder tells of its work as it happens. Nothing here may throw, wait or answer: whoever listens must not be able to change a recording. */
export interface RecorderObserver {
  /** A partition was taken over. */
  assigned(): void
  /** A partition's memory became void: another recorder has it, or an engine failed. */
  lost(reason: 'epoch' | 'failure'): void
  /** So many messages were folded, repeats after an assignment included. */
  folded(messages: number): void
  /** What the fold of a message gave: for those who compare decisions one by one. Told again when it is folded again. */
  decided?(at: { offset: number; event: CallEvent; state: CallState | null }, effects: readonly Effect[]): void
  /** The message at this position became a dead letter. Told again when it is folded again. */
  refused(reason: string, offset: number): void
  /** Events in number, audio in milliseconds. Told again when it is folded again. */
  counted(what: 'duplicate-event' | 'duplicate-audio' | 'late-audio', amount: number): void
  /** The store answered a put; `conflict`: other bytes lie under the key. */
  put(outcome: 'written' | 'existed' | 'conflict', sizeBytes: number, durationMs: number): void
  /** The store did not take an object; it is tried again. */
  putFailed(): void
  /** A transaction with these changes is durable; `nowMs` by the recorder's clock. */
  committed(changes: readonly RecorderChange[], durationMs: number, nowMs: number): void
  /** So many messages of the outbox were sent on. */
  published(messages: number): void
  publishFailed(): void
  /** All that waited for the journal is in the bucket. */
  journaled(): void
  /** It is not: so many entries wait in the catalog; `null` when it does not say. */
  journalFailed(entries: number | null): void
}
