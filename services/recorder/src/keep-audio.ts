import type { MediaRun } from '@twinreel/contracts/media'
import type { CallEvent } from '@twinreel/contracts/messages'
import type { LogRecord } from '@twinreel/event-log/port'
import type { Effect } from '@twinreel/recording/effects'
import type { Folded } from '@twinreel/recording/session/fold'
import type { CallState } from '@twinreel/recording/session/state'
import { keep } from './audio-buffer.ts'
import type { PiecePool } from './audio-pieces.ts'
import { keepAudioOf, keepHeldAudioOf, type LiveSession } from './live-session.ts'

/** Keeps the runs that the fold placed with this message, its own and those that were held back until it came, and where in the log they stand. */
export function keepAudio(
  session: LiveSession,
  pool: PiecePool,
  event: CallEvent,
  at: { placed: Folded['placed']; record: LogRecord; stateBefore: CallState | null },
): void {
  for (const held of session.heldBack) {
    const audioEndMs = keepRuns(
      session,
      pool,
      held.runs,
      at.placed.filter(({ heldBack }) => heldBack === held.number),
    )
    if (audioEndMs >= 0) keepHeldAudioOf(session, held, audioEndMs)
  }
  if (event.type !== 'media') return
  const audioEndMs = keepRuns(
    session,
    pool,
    event.runs,
    at.placed.filter(({ heldBack }) => heldBack === undefined),
  )
  if (audioEndMs >= 0) keepAudioOf(session, at.record.offset, at.stateBefore, audioEndMs)
}

/** Answers with the call time at which they end; -1 without any. */
function keepRuns(session: LiveSession, pool: PiecePool, runs: readonly MediaRun[], placed: Folded['placed']): number {
  let audioEndMs = -1
  for (const { runIndex, trackId } of placed) {
    const run = runs[runIndex]
    const track = session.state?.tracks[trackId]
    if (run === undefined || track === undefined) continue
    keep(session.buffer, pool, trackId, track.format, run)
    audioEndMs = Math.max(audioEndMs, Math.ceil(((run.offset + run.sampleCount) * 1_000) / track.format.sampleRateHz))
  }
  return audioEndMs
}

/** Remembers this message while the fold holds it back, and forgets those that it does not hold back any more. */
export function holdBack(session: LiveSession, event: CallEvent, { record, stateBefore }: { record: LogRecord; stateBefore: CallState | null }): void {
  const waiting = session.state?.heldBack ?? []
  const newest = waiting.at(-1)
  session.heldBack = session.heldBack.filter(({ number }) => waiting.some((one) => one.number === number))
  const isNew = newest !== undefined && stateBefore?.heldBack.at(-1)?.number !== newest.number
  if (isNew && event.type === 'media') session.heldBack.push({ number: newest.number, record: { ...record, value: null }, runs: event.runs, stateBefore })
}

/** What a dead letter is about: this message, or the one that was held back; `null` if that lies before the checkpoint, which was written together with its dead letter. */
export function refusedRecord(session: LiveSession, record: LogRecord, { heldBack }: Extract<Effect, { kind: 'dead-letter' }>): LogRecord | null {
  return heldBack === undefined ? record : (session.heldBack.find(({ number }) => number === heldBack)?.record ?? null)
}
