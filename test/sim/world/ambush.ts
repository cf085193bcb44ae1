import type { Sim, SimProcess } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'

/** Longer than any session and the sharing after it. */
const LEAST_MS = 14_000
const MOST_MS = 40_000

/**
 * Some seeds have their freezes at the very moment that matters: a recorder stands still with a commit or a put at hand, until another has taken its partition over. Dice
 * of its own, so that nothing else of a seed changes.
 */
export function ambush(sim: Sim, world: WorldPlan): void {
  const dice = sim.random('ambush')
  if (world.form !== 'servers' || world.recorders < 2) return
  const kind = dice.pick(['a commit at hand', 'a commit at hand', 'a put at hand', 'a put at hand', 'none'])
  let left = dice.whole(1, 2)

  function strike(name: string): void {
    if (left === 0 || !dice.chance(0.3)) return
    const process = sim.processes().find((one) => one.name === name)
    const forMs = dice.between(LEAST_MS, MOST_MS)
    if (process?.state !== 'running' || sim.time.now() + forMs > sim.faults.quietFromMs) return
    left -= 1
    freeze(sim, process, forMs)
  }

  if (kind === 'a commit at hand') {
    // Its answer will lead to a commit.
    sim.hooks.onPut(({ process, key }) => {
      if (key.endsWith('.wav') && process.startsWith('recorder')) strike(process)
    })
  }
  if (kind === 'a put at hand') {
    sim.hooks.onLog(({ process, message }) => {
      if (message === 'the store did not take an object; trying again') strike(process)
    })
  }
}

function freeze(sim: Sim, process: SimProcess, forMs: number): void {
  sim.faults.count('freeze-past-session')
  process.freeze()
  sim.time.at(sim.time.now() + forMs, 'thaw', process.thaw)
}
