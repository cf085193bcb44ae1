import type { CallEvent } from '@twinreel/contracts/messages'
import type { Folded } from '@twinreel/recording/session/fold'
import type { CallState } from '@twinreel/recording/session/state'
import { keep } from './audio-buffer.ts'
import type { PiecePool } from './audio-pieces.ts'
import { keepAudioOf, type LiveSession } from './live-session.ts'

/** Keeps the runs of a media message that the fold placed, and where in the log they stand. */
export function keepAudio(
  session: LiveSession,
  pool: PiecePool,
  event: Extract<CallEvent, { type: 'media' }>,
  at: { placed: Folded['placed']; offset: number; stateBefore: CallState | null },
): void {
  let audioEndMs = -1
  for (const { runIndex, trackId } of at.placed) {
    const run = event.runs[runIndex]
    const track = session.state?.tracks[trackId]
    if (run === undefined || track === undefined) continue
    keep(session.buffer, pool, trackId, track.format, run)
    audioEndMs = Math.max(audioEndMs, Math.ceil(((run.offset + run.sampleCount) * 1_000) / track.format.sampleRateHz))
  }
  if (audioEndMs >= 0) keepAudioOf(session, at.offset, at.stateBefore, audioEndMs)
}
