import { commit } from '@twinreel/catalog/recorder'
import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import type { RecorderDeps, RecorderOptions } from './deps.ts'
import { checkpoint, holdsBack, type Checkpoint, type LiveSession } from './live-session.ts'
import type { Moment } from './partition-lease.ts'
import type { Patiently } from './patience.ts'

/** How far the fold of a partition has come. */
export interface Progress {
  /** First position not folded yet. */
  nextOffset: number
  /** The log's end when last looked. */
  endOffset: number
  /** First position whose commands have not been sent yet. */
  performedOffset: number
  /** Append time of the last message. */
  logMs: number
}

export interface Committer {
  /** The partition is ours from here on. */
  begin(epoch: number, safeOffset: number): void
  /** The call has something to commit. */
  touch(session: LiveSession): void
  refused(letter: Extract<RecorderChange, { kind: 'dead-letter' }>): void
  /** Commits what is ready, a little later, together with what else is by then. */
  pump(): void
  /** Has calls checkpointed that have not been for a while, so that the safe offset moves on past silent and unrecorded ones. */
  checkpointOverdue(): void
  /** Commits what is ready and a checkpoint of every call; resolves when that is done. */
  drain(): Promise<void>
  safeOffset(): number
  /** Somebody else has the partition, or an engine failed: nothing here counts any more. */
  isLost(): boolean
  /** Nothing more is committed. */
  abandon(): void
}

export interface CommitterParts {
  deps: RecorderDeps
  options: RecorderOptions
  topic: string
  partition: number
  sessions: Map<string, LiveSession>
  progress: Progress
  patiently: Patiently
  /** A batch is being folded; resolves when its commands are in the log. */
  folding(): Promise<void> | null
  /** Commands wait to be sent. */
  holdsCommands(): boolean
  now(): Moment
  /** The catalog took a commit that was begun then. */
  committed(began: Moment): void
  lost(error: unknown): void
}

/** How long after its last message an ended call is remembered, so that a late repeat is counted as one. */
const REMEMBER_ENDED_MS = 120_000

/** Writes down what the fold of a partition decided: one transaction at a time, each with the checkpoints that it makes true. */
export function committer(parts: CommitterParts): Committer {
  const { deps, options, topic, partition, sessions, progress } = parts
  const dirty = new Set<LiveSession>()
  const draining = new AbortController()
  let deadLetters: Extract<RecorderChange, { kind: 'dead-letter' }>[] = []
  let epoch = 0
  let safeOffset = 0
  let lastCommitLogMs = 0
  let lastSweepLogMs = 0
  let isLost = false
  let pumping: Promise<void> | null = null
  let pumpAgain = false
  /** Ends the wait in which nobody is in a hurry. */
  let calm: AbortController | null = null

  function pump(): void {
    if (isLost) return
    if (pumping !== null) {
      if (calm === null) pumpAgain = true
      else if (isAwaited()) calm.abort()
      return
    }
    pumping = linger()
      .then(commitWhenSent)
      .catch((error: unknown) => {
        isLost = true
        parts.lost(error)
      })
      .finally(() => {
        pumping = null
        if (!pumpAgain) return
        pumpAgain = false
        pump()
      })
  }

  /** Lets others join the commit; what is dirty when it ends is in it. */
  async function linger(): Promise<void> {
    calm = new AbortController()
    // Who is behind commits more at once: nobody waits for what is long over.
    const isBehind = progress.nextOffset < progress.endOffset
    if (!isBehind && !isAwaited()) await deps.wait(options.lingerCalmMs, calm.signal)
    calm = null
    await deps.wait(isBehind ? options.lingerBehindMs : options.lingerMs, draining.signal)
  }

  /** Somebody waits for the end of a call, and its manifest for the commit of what comes before it. */
  function isAwaited(): boolean {
    for (const { endedOffset, pending } of dirty) if (endedOffset !== null || pending.some(({ start }) => start !== null)) return true
    return draining.signal.aborted
  }

  /** A checkpoint must not pass a message whose commands may still get lost: it comes between two batches, or later. */
  async function commitWhenSent(): Promise<void> {
    for (let batch = parts.folding(); batch !== null; batch = parts.folding()) await batch
    if (!isLost && !parts.holdsCommands()) await commitReady()
  }

  async function commitReady(): Promise<void> {
    const touched = [...dirty]
    dirty.clear()
    const letters = [...deadLetters]
    const checkpoints = new Map<LiveSession, Checkpoint>()
    const changes: RecorderChange[] = [...letters]
    for (const session of touched) {
      const ready = takeReady(session)
      changes.push(...ready)
      // A call that is said to be over may go on: without its state nobody would know that after a crash.
      const sealed = ready.some(({ kind }) => kind === 'segment' || kind === 'recording.ended' || kind === 'call.closed')
      // What is still pending is not in this commit; the checkpoint lies before it.
      const saved = sealed || session.needsCheckpoint ? checkpoint(session) : null
      if (saved === null) continue
      checkpoints.set(session, saved)
      changes.push(saved)
      session.needsCheckpoint = false
    }
    if (changes.length === 0 && progress.logMs - lastCommitLogMs < options.checkpointEveryMs) return startHeads(touched)
    const { performedOffset, logMs } = progress
    const safeThen = safeAfter(checkpoints)
    const began = parts.now()
    const all: RecorderChange[] = [...changes, { kind: 'partition', safeOffset: safeThen, performedOffset }]
    await parts.patiently(() => commit(deps.catalog, { topic, partition, epoch }, all))
    deps.observe?.committed(changes, deps.clock.now() - began.wallMs, deps.clock.now())
    deadLetters = deadLetters.slice(letters.length)
    lastCommitLogMs = logMs
    safeOffset = safeThen
    for (const [session, saved] of checkpoints) {
      session.committedOffset = saved.offset
      session.checkpointedLogMs = logMs
      session.tombstoned = saved.endedOffset !== null
      if (session.tombstoned) session.mediaKeys.clear()
    }
    forgetEnded()
    startHeads(touched)
    parts.committed(began)
    if (changes.some((change) => change.kind === 'recording.ended' && change.status === 'not-kept')) deps.onNotKept?.()
  }

  /** The first position that some call still needs; dead letters are all in the commit. */
  function safeAfter(checkpoints: ReadonlyMap<LiveSession, Checkpoint>): number {
    let safe = progress.nextOffset
    for (const session of sessions.values()) {
      const saved = checkpoints.get(session)
      const held = saved === undefined ? holdsBack(session) : saved.endedOffset === null ? saved.offset : null
      if (held !== null && held < safe) safe = held
    }
    return Math.max(safe, safeOffset)
  }

  function forgetEnded(): void {
    for (const [callId, session] of sessions) {
      const isPassed = session.tombstoned && session.endedOffset !== null && session.endedOffset < safeOffset
      if (isPassed && progress.logMs - session.lastHeardLogMs > REMEMBER_ENDED_MS) sessions.delete(callId)
    }
  }

  return {
    begin(newEpoch, fromOffset) {
      epoch = newEpoch
      safeOffset = fromOffset
      lastCommitLogMs = progress.logMs
      lastSweepLogMs = progress.logMs
    },
    touch: (session) => void dirty.add(session),
    refused: (letter) => void deadLetters.push(letter),
    pump,
    checkpointOverdue() {
      if (progress.logMs - lastSweepLogMs < options.checkpointEveryMs) return
      lastSweepLogMs = progress.logMs
      for (const session of sessions.values()) {
        if (session.tombstoned || progress.logMs - session.checkpointedLogMs < options.checkpointEveryMs) continue
        session.needsCheckpoint = true
        dirty.add(session)
      }
    },
    async drain() {
      draining.abort()
      calm?.abort()
      for (const session of sessions.values()) {
        if (session.tombstoned) continue
        session.needsCheckpoint = true
        dirty.add(session)
      }
      pump()
      while (pumping !== null) await pumping
    },
    safeOffset: () => safeOffset,
    isLost: () => isLost,
    abandon() {
      isLost = true
    },
  }
}

/** Takes the changes that can be committed: a prefix, because effects of a call become true in the order of its log. */
function takeReady(session: LiveSession): RecorderChange[] {
  const waiting = session.pending.findIndex((pending) => pending.change === null)
  const ready = session.pending.splice(0, waiting === -1 ? session.pending.length : waiting)
  return ready.flatMap(({ change }) => (change === null ? [] : [change]))
}

/** Work that needs everything before it to be committed first: a manifest is assembled from rows. */
function startHeads(touched: readonly LiveSession[]): void {
  for (const session of touched) session.pending[0]?.start?.()
}
