import { startRecorder } from '@twinreel/recorder/recorder'
import { generatePlans } from '@twinreel/simulator/generate'
import { enterPeople } from '@twinreel/simulator/people'
import { simulate, type SimulateOptions } from '@twinreel/simulator/simulate'
import { describe, expect, test } from 'vitest'
import { RECORDER_KEYS } from '../../support/signing.ts'
import type { FaultKind } from './fault-kinds.ts'
import { createSim } from './sim.ts'
import type { Sim } from './types.ts'

const SECOND = 1_000

interface Ran {
  hash: string
  outcomes: number
  fired: ReadonlyMap<FaultKind, number>
  recorders: number
  objects: number
}

/** A few calls, two recorders that die and freeze and are started again. */
async function run(seed: number, options: { faults?: readonly FaultKind[]; onTrace?: (line: string) => void } = {}): Promise<Ran> {
  const sim = await createSim({ seed, faultsForMs: 60 * SECOND, ...options })
  const { people, plans } = generatePlans({ seed, calls: 4, users: 4, callSeconds: 30, mixedFormats: false })
  await enterPeople(sim.truth.catalog, people)
  let recorders = 0
  const record = (place: number): void => {
    recorders += 1
    sim.spawn({
      name: `recorder-${place}-${recorders}`,
      kind: 'recorder',
      mayDie: true,
      mayFreeze: true,
      async main(given) {
        const recorder = await startRecorder({ ...given, ...RECORDER_KEYS, options: { spoolDir: 'spool' } })
        await recorder.done
      },
      onEnd: () => sim.time.at(sim.time.now() + 2 * SECOND, 'start again', () => record(place)),
    })
  }
  for (const place of [1, 2]) record(place)
  const report = await sim.run(() => simulated(sim, { plans, speed: 'real', seed, patienceMs: 20 * 60 * SECOND }), {
    mostMs: 30 * 60 * SECOND,
    mostEvents: 1_000_000,
  })
  const ran = {
    hash: `${sim.trace.hash()} ${sim.trace.size()}`,
    outcomes: report.outcomes,
    fired: sim.faults.fired,
    recorders,
    objects: sim.truth.objects().length,
  }
  sim.close()
  return ran
}

function simulated(sim: Sim, options: Omit<SimulateOptions, 'log' | 'catalog'>): ReturnType<typeof simulate> {
  return new Promise((resolve, reject) => {
    sim.spawn({
      name: 'platform',
      kind: 'platform',
      main: (given) => simulate({ ...options, log: given.eventLog, catalog: given.catalog, clock: given.clock }).then(resolve, reject),
    })
  })
}

describe('a whole run', { timeout: 120_000 }, () => {
  test('without faults gives every call its outcomes', async () => {
    const ran = await run(1, { faults: [] })
    expect(ran.outcomes).toBeGreaterThan(0)
    expect(ran.recorders).toBe(2)
  })

  test.each([2, 3, 4])('of seed %i is the same twice', async (seed) => {
    const first = await run(seed)
    expect(await run(seed)).toEqual(first)
  })
})
