import type { SimulatedCall } from '@twinreel/simulator/simulated-call'
import type { Scenario } from '../language/scenario.ts'

/** A scenario that is being played, and how far it is whenever one asks; it is played no more when it is judged. */
export interface Playing {
  scenario: Scenario
  progress(): ScenarioProgress
}

export interface ScenarioProgress {
  /**
   * Of the call at hand, the last one that rings or talks: `recording` and `paused` are what the recorder has the platform show, if it shows
   * icons. `waiting`: none rings yet, or not the next one; `over`: all have ended, and what became of them is not known yet.
   */
  state: 'waiting' | 'ringing' | 'in call' | 'recording' | 'paused' | 'over'
  /** Call time of the call at hand; below zero while it rings, `null` before the first one rings. */
  atMs: number | null
  calls: number
  callsOver: number
}

export function playingOf(scenario: Scenario, calls: readonly SimulatedCall[]): Playing {
  return {
    scenario,
    progress() {
      const begun = calls.filter(({ platform }) => platform.phase !== 'new')
      const callsOver = begun.filter(({ over }) => over).length
      const atHand = begun.findLast(({ over }) => !over)
      const atMs = (atHand ?? begun.at(-1))?.platform.clockMs ?? null
      return { state: atHand === undefined ? (callsOver === calls.length ? 'over' : 'waiting') : stateOf(atHand), atMs, calls: calls.length, callsOver }
    },
  }
}

function stateOf({ platform: { phase, indicators } }: SimulatedCall): ScenarioProgress['state'] {
  switch (phase) {
    case 'new':
      return 'waiting'
    case 'ringing':
      return 'ringing'
    case 'ended':
      return 'over'
    case 'talking': {
      const shown = new Set(indicators.values())
      return shown.has('recording') ? 'recording' : shown.has('paused') ? 'paused' : 'in call'
    }
  }
}
