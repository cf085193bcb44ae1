import { eventLogContract } from '@twinreel/event-log/contract'
import { objectStoreContract } from '@twinreel/object-store/contract'
import type { Given, Sim } from './types.ts'
import { createSim } from './sim.ts'

/** A process without faults in a world whose time jumps ahead whenever nothing is due, while the tests wait in real time. */
async function quietProcess(
  options: { conditionalWrites?: 'enforced' | 'ignored'; keepsVersions?: boolean } = {},
): Promise<{ sim: Sim; given: Given; dispose(): Promise<void> }> {
  const sim = await createSim({ seed: 1, faults: [], ...options })
  const { given } = sim.spawn({ name: 'tester', kind: 'admin', main: () => new Promise(() => undefined) })
  const stop = sim.runFreely()
  return {
    sim,
    given,
    async dispose() {
      stop()
      sim.close()
      await Promise.resolve()
    },
  }
}

eventLogContract('in simulated memory', async () => {
  const { given, dispose } = await quietProcess()
  return { log: given.eventLog, reopen: () => Promise.resolve(given.eventLog), dispose }
})

for (const options of [{}, { conditionalWrites: 'ignored' }, { keepsVersions: true }] as const)
  objectStoreContract(`in simulated memory, ${JSON.stringify(options)}`, async () => {
    const { given, dispose } = await quietProcess(options)
    return { store: given.store, dispose }
  })
