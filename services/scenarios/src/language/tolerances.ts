import type { ScenarioDocument } from './document.ts'
import type { Tolerances } from './scenario.ts'

/** In real time nothing waits for anything, so what a scenario says to the millisecond comes a little later. */
const DEFAULTS: Tolerances = {
  timeMs: { within: 1_500, because: 'the platform looks at commands every 50 ms and audio comes a second at a time, on a machine that is busy' },
  levelDb: { within: 0.5, because: 'no step of the way changes the level; half a decibel is what a transcoded codec would change' },
  correlation: { atLeast: 0.99, because: 'a copy correlates fully; a lost packet of 20 ms in two seconds takes one hundredth' },
}

export function readTolerances(given: ScenarioDocument['realtime']): Tolerances {
  const { 'time-ms': timeMs, 'level-db': levelDb, correlation } = given ?? {}
  return {
    timeMs: timeMs ?? DEFAULTS.timeMs,
    levelDb: levelDb ?? DEFAULTS.levelDb,
    correlation: correlation === undefined ? DEFAULTS.correlation : { atLeast: correlation['at-least'], because: correlation.because },
  }
}
