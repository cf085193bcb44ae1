import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import { FOLD_VERSION, type CallState } from '@twinreel/recording/session/state'
import type { AudioBuffer } from './audio-buffer.ts'
import type { KnownKeys } from './open-media.ts'

/** A change that a message caused and that is not committed yet. `change` is `null` until its work (a put) is done. */
export interface Pending {
  offset: number
  stateBefore: CallState | null
  change: RecorderChange | null
  /** Starts the work once everything before it is committed; `null` when there is none or it has started. */
  start: (() => void) | null
}

/** A message that a re-fold may still need, and the state before it; it stands for the audio messages after it, too, up to the next one. */
interface Kept {
  offset: number
  stateBefore: CallState | null
  /** Call time at which the audio it stands for ends; -1 without audio. */
  audioEndMs: number
  audioFromMs: number
}

/** A checkpoint may lie a little before what is needed: a state every so much audio is enough, and each costs memory. */
const KEPT_EVERY_MS = 5_000

/** What a recorder holds in memory of one call. */
export interface LiveSession {
  callId: string
  state: CallState | null
  buffer: AudioBuffer
  kept: Kept[]
  /** In log order; a prefix that is ready is committed together. */
  pending: Pending[]
  firstOffset: number
  /** Offset of the checkpoint in the catalog. */
  committedOffset: number | null
  /** Append time at the last checkpoint. */
  checkpointedLogMs: number
  lastOffset: number
  lastHeardLogMs: number
  /** When the fold came to the last message of the call, by the time that the recorder was awake. */
  heardAwakeMs: number
  /** Position of the message that closed the call. */
  endedOffset: number | null
  tombstoned: boolean
  durableSegments: Set<string>
  endedRecordings: Set<string>
  timerSent: string | null
  needsCheckpoint: boolean
  mediaKeys: KnownKeys
}

/** Now, by the log's clock as far as it was read, and by the time the recorder was awake. */
export interface Moment {
  logMs: number
  awakeMs: number
}

export function newSession(callId: string, firstOffset: number, { logMs, awakeMs }: Moment): LiveSession {
  return {
    callId,
    state: null,
    buffer: new Map(),
    kept: [],
    pending: [],
    firstOffset,
    committedOffset: null,
    checkpointedLogMs: logMs,
    lastOffset: firstOffset - 1,
    lastHeardLogMs: logMs,
    heardAwakeMs: awakeMs,
    endedOffset: null,
    tombstoned: false,
    durableSegments: new Set(),
    endedRecordings: new Set(),
    timerSent: null,
    needsCheckpoint: false,
    mediaKeys: new Map(),
  }
}

/** A call that ended for good before the fold came to it: what the log still has of it up to there is done with. */
export function pastSession(session: LiveSession, endedOffset: number): LiveSession {
  return { ...session, lastOffset: endedOffset, endedOffset, tombstoned: true }
}

/** Of a call that was folded here, a tombstone has its state. */
export function isPast(session: LiveSession): boolean {
  return session.tombstoned && session.state === null
}

/** Remembers where this audio stands in the log. */
export function keepAudioOf(session: LiveSession, offset: number, stateBefore: CallState | null, audioEndMs: number): void {
  const last = session.kept.at(-1)
  if (last !== undefined && last.audioEndMs >= 0 && audioEndMs - last.audioFromMs < KEPT_EVERY_MS) last.audioEndMs = Math.max(last.audioEndMs, audioEndMs)
  else session.kept.push({ offset, stateBefore, audioEndMs, audioFromMs: audioEndMs })
}

/** Forgets messages that nothing durable depends on any more. What is not needed once is never needed again. */
export function releaseKept(session: LiveSession): void {
  const [first] = session.pending
  const floorMs = (first === undefined ? session.state : first.stateBefore)?.floorMs ?? 0
  const needed = session.kept.findIndex((kept) => kept.audioEndMs > floorMs || (first !== undefined && kept.offset >= first.offset))
  if (needed !== 0) session.kept.splice(0, needed === -1 ? session.kept.length : needed)
}

export type Checkpoint = Extract<RecorderChange, { kind: 'session' }>

/** The checkpoint: the first position that still carries unsealed audio or uncommitted effects, and the state before it; `null` while that is the call's beginning. */
export function checkpoint(session: LiveSession): Checkpoint | null {
  releaseKept(session)
  const [first] = session.kept
  const state = first === undefined ? session.state : first.stateBefore
  if (state === null) return null
  const offset = first === undefined ? session.lastOffset + 1 : first.offset
  const over = session.pending.length === 0 && session.endedOffset !== null
  return {
    kind: 'session',
    callId: session.callId,
    offset,
    foldVersion: FOLD_VERSION,
    state: JSON.stringify(state),
    endedOffset: over ? session.endedOffset : null,
  }
}

/** The position a re-fold would have to begin at for this call; `null` for one that is over and done with. */
export function holdsBack(session: LiveSession): number | null {
  return session.tombstoned ? null : (session.committedOffset ?? session.firstOffset)
}
