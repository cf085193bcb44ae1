import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import type { CallEvent } from '@twinreel/contracts/messages'
import { samplesToMs } from '@twinreel/media/format'
import type { Effect } from '../effects.ts'
import { callTimeMs, isControl } from './call-time.ts'
import { MAX_JUMP_MS } from './jump.ts'
import { find } from './lookup.ts'
import { MAX_CALL_MS, MAX_PARTICIPANTS, type CallState } from './state.ts'
import { trackOf } from './tracks.ts'

/** Messages that make no sense where the call stands. Controls are answered instead, audio after the end is counted. */
export function refuse(state: CallState, event: Exclude<CallEvent, { type: 'call.started' }>): Effect | null {
  if (event.type === 'call.answered' && state.phase !== 'started') return refusal('conflict', 'the call has been answered already')
  if (isControl(event)) return null
  const over = state.phase === 'ending' || state.phase === 'closed'
  // Answers to what was asked before the end may still be on their way.
  const isAnswer = event.type === 'prompt.finished' || event.type === 'gate.closed' || event.type === 'gate.opened'
  if (event.type === 'media' ? state.phase === 'closed' && !aboutKnownAudio(state, event.runs) : over && !isAnswer) {
    return refusal('call-ended', `${event.type} after the end of the call`)
  }
  if (state.phase === 'started' && (event.type === 'media' || event.type.startsWith('stream.')))
    return refusal('call-not-answered', `${event.type} before the answer`)
  if (
    (event.type === 'participant.left' || event.type === 'call.held' || event.type === 'call.retrieved') &&
    find(state.participants, event.data.participantId) === undefined
  ) {
    return refusal('unknown-participant', `${event.type} of somebody who is not in the call`)
  }
  if (
    event.type === 'participant.joined' &&
    Object.keys(state.participants).length >= MAX_PARTICIPANTS &&
    find(state.participants, event.data.participant.participantId) === undefined
  ) {
    return refusal('too-large', `more than ${MAX_PARTICIPANTS} participants in one call`)
  }
  const atMs = callTimeMs(state, event)
  if (atMs > state.clockMs + MAX_JUMP_MS) return refusal('invalid-data', 'atMs: more than four hours ahead of the call’s clock')
  if (atMs > MAX_CALL_MS) return refusal('invalid-data', `atMs: ${atMs}, a call has ${MAX_CALL_MS} ms at most`)
  return null
}

/** A repeat or a latecomer of audio the call did have, as against audio from nowhere. */
function aboutKnownAudio(state: CallState, runs: readonly { streamId: string; offset: number; sampleCount: number }[]): boolean {
  return runs.every((run) => {
    const track = trackOf(state, run.streamId)
    return track !== undefined && samplesToMs(run.offset + run.sampleCount, track.format.sampleRateHz) <= state.clockMs
  })
}

export function refusal(reason: DeadLetterReason, detail: string): Effect {
  return { kind: 'dead-letter', reason, detail }
}
