import type { Sim, SimProcess } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'
import type { Takeover } from './evidence.ts'

/** Nobody took the partition over in this time: the freeze is over all the same. */
const MOST_MS = 40_000

/**
 * Some seeds have their freezes at the very moment that matters: a recorder stands still with a commit or a put at hand, until another has taken its partition over, and
 * goes on just then. Dice of its own, so that nothing else of a seed changes.
 */
export function ambush(sim: Sim, world: WorldPlan, takeovers: readonly Takeover[]): void {
  const dice = sim.random('ambush')
  if (world.form !== 'servers' || world.recorders < 2) return
  const kind = dice.pick(['a commit at hand', 'a commit at hand', 'a put at hand', 'a put at hand', 'none'])
  // A put may still begin a few seconds after somebody else has the partition, and by a commit alone nobody is told.
  const [leastMs, mostMs] = kind === 'a put at hand' ? [6_100, 10_000] : [1, 1_500]
  let left = dice.whole(1, 2)
  let lying: { process: SimProcess; held: ReadonlySet<number>; known: number } | null = null

  function strike(name: string): void {
    if (left === 0 || lying !== null || !dice.chance(0.3)) return
    const process = sim.processes().find((one) => one.name === name)
    if (process?.state !== 'running' || sim.time.now() + MOST_MS > sim.faults.quietFromMs) return
    left -= 1
    lying = { process, held: heldBy(takeovers, name), known: takeovers.length }
    sim.faults.count('freeze-past-session')
    process.freeze()
    sim.time.at(sim.time.now() + MOST_MS, 'thaw', () => thaw(process))
  }

  function thaw(process: SimProcess): void {
    if (lying?.process !== process) return
    lying = null
    process.thaw()
  }

  sim.hooks.onCommit(() => {
    if (lying === null) return
    const { process, held, known } = lying
    if (!takeovers.slice(known).some(({ partition }) => held.has(partition))) return
    lying = { process, held: new Set(), known }
    sim.time.at(sim.time.now() + dice.between(leastMs, mostMs), 'thaw', () => thaw(process))
  })
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

function heldBy(takeovers: readonly Takeover[], process: string): Set<number> {
  const last = new Map(takeovers.map((one) => [one.partition, one.process]))
  return new Set([...last].filter(([, holder]) => holder === process).map(([partition]) => partition))
}
