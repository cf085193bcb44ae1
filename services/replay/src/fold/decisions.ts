import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import type { CallEvent } from '@twinreel/contracts/messages'
import type { Effect } from '@twinreel/recording/effects'
import type { CallState } from '@twinreel/recording/session/state'
import type { Decision } from '../capture/capture.ts'

/** What is worth comparing of a message's effects. What a manifest repeats, and that somebody who waited was answered, is left out. */
export function decisionsOf(effects: readonly Effect[]): Decision[] {
  return effects.flatMap((effect): Decision[] => {
    switch (effect.kind) {
      case 'command':
        return effect.command.type === 'event.handled' ? [] : [{ kind: 'command', id: effect.id, ...effect.command }]
      case 'recording.started': {
        const { settings: _, ...rest } = effect
        return [rest]
      }
      case 'recording.ended': {
        const { call: _, ...rest } = effect
        return [rest]
      }
      case 'segment.sealed': {
        const { near, far, ...rest } = effect.segment
        return [{ kind: 'segment.sealed', ...rest, near: near.map(({ trackId }) => trackId), far: far.map(({ trackId }) => trackId) }]
      }
      // A message that was refused in the fold is told like any other.
      case 'dead-letter':
        return []
      default:
        return [{ ...effect }]
    }
  })
}

export function refusedDecision(reason: string): Decision {
  return { kind: 'refused', reason: refusalOf(reason) }
}

/** Media that nobody can read any more is in a capture as it was; the key that did not open it is not, so which of both it was can't be told. */
export function refusalOf(reason: string): DeadLetterReason | 'media-unreadable' {
  return reason === 'media-key-unknown' || reason === 'media-not-decrypted' ? 'media-unreadable' : (reason as DeadLetterReason)
}

/** Call time of a message: what it says itself, else where the call's clock is after it; `null` before the answer. */
export function eventTimeMs(event: CallEvent, state: CallState | null): number | null {
  if (state === null || state.phase === 'started') return null
  if (event.type !== 'media' && 'atMs' in event.data && typeof event.data.atMs === 'number') return event.data.atMs
  return state.clockMs
}
