import { TOPICS } from '@twinreel/contracts/topics'
import { startRecorder } from '@twinreel/recorder/recorder'
import { expect, test } from 'vitest'
import { RECORDER_KEYS } from '../../support/signing.ts'
import { createSim } from './sim.ts'
import type { Given, Sim } from './types.ts'

/** The log of this seed ends with an offset that no reader sees, as after a transaction of a publisher. */
const SEED = 6
const SOON_MS = 90_000

/** What becomes of one recorder; it is killed afterwards. */
function outcomeOf(sim: Sim, name: string): Promise<'ready' | 'never ready'> {
  return new Promise((resolve) => {
    const recorder = sim.spawn({
      name,
      kind: 'recorder',
      async main(given) {
        const { ready, done } = await startRecorder({ ...given, ...RECORDER_KEYS })
        ready.then(() => resolve('ready'), resolve)
        await done
      },
    })
    sim.time.at(sim.time.now() + SOON_MS, 'enough', () => {
      resolve('never ready')
      recorder.kill()
    })
  })
}

async function append({ eventLog }: Given): Promise<number> {
  for (let n = 0; n < 4; n++) await eventLog.append([{ topic: TOPICS.calls, key: 'c', headers: {}, value: new Uint8Array([n]) }])
  return (await eventLog.ranges(TOPICS.calls))[0]?.endOffset ?? -1
}

test('a recorder that takes over where only unseen offsets follow is ready, and not only with the next message', async () => {
  const sim = await createSim({ seed: SEED, faults: ['offset-hole'], faultsForMs: 1_000_000 })
  const endOffset = await sim.run(
    () =>
      new Promise<number>((resolve, reject) => void sim.spawn({ name: 'platform', kind: 'platform', main: (given) => append(given).then(resolve, reject) })),
  )
  expect(endOffset).toBeGreaterThan((sim.truth.appended(TOPICS.calls).at(-1)?.offset ?? Infinity) + 1)
  const outcomes = await sim.run(async () => {
    const first = await outcomeOf(sim, 'first')
    await sim.time.wait(2 * SOON_MS)
    return [first, await outcomeOf(sim, 'second')]
  })
  expect(outcomes).toEqual(['ready', 'ready'])
  sim.close()
})
