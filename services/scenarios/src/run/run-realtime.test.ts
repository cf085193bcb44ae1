import { memoryStore } from '@twinreel/object-store/memory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { expect, it } from 'vitest'
import { readScenario } from '../language/read-scenario.ts'
import { failureText } from '../report/failure-text.ts'
import { runRealtime } from './run-realtime.ts'
import { openVirtualWorld } from './virtual-world.ts'

function story(name: string, more = ''): string {
  return `scenario: ${name}
users:
  alice: { mode: always, announcement: none, tone: off }
parties: { bob }
call: { from: bob, to: alice, rings: 100 ms }
timeline:
  - 00:01 hang up
${more}`
}

it('what is claimed of too short a time fails in real time, where it could not be missed', async () => {
  const world = await openVirtualWorld()
  try {
    const claims = 'expect: { alice: { audio: [00:00 to 00:00.900 left is bob] } }\n'
    const [judged] = await runRealtime([readScenario('a.scenario.yaml', story('Short', claims))], world, {
      seed: null,
      outDir: null,
      recorder: { options: ['--data', 'x'] },
    })
    expect(judged === undefined ? '' : failureText(judged.result)).toContain(
      'expected: 00:00 to 00:00.900 left is bob\n      got:      too short to be checked in real time, where anything may be within 1.5 s of both its ends',
    )
    expect(judged?.result.rerun).toBe('npx -y pnpm@12 -s twinreel --data x scenario run a.scenario.yaml --seed 1 --realtime')
  } finally {
    await world.close()
  }
}, 60_000)

it('one call that comes to no end costs its own scenario and no other', async () => {
  const release = Promise.withResolvers<void>()
  const store = memoryStore({ clock: () => 0 })
  let stuckOrg: string | null = null
  // The first organization's audio is never put.
  const openStore = (): ObjectStore => ({
    ...store,
    async putIfAbsent(options) {
      stuckOrg ??= options.key.split('/')[1] ?? ''
      if (options.key.includes(`/${stuckOrg}/`)) await release.promise
      return store.putIfAbsent(options)
    },
  })
  const world = await openVirtualWorld({ openStore })
  try {
    const scenarios = ['First', 'Second'].map((name) => readScenario(`${name}.scenario.yaml`, story(name, 'expect: { alice: recorded }\n')))
    const results = (await runRealtime(scenarios, world, { seed: null, outDir: null, recorder: { options: [] }, outcomesWithinMs: 500 })).map(
      ({ result }) => result,
    )
    expect(results.map(({ name }) => name)).toEqual(['First', 'Second'])
    expect(results.map(({ status }) => status).toSorted(), results.map(failureText).join('\n')).toEqual(['broken', 'passed'])
    expect(results.find(({ status }) => status === 'broken')?.problem).toContain(`call ${stuckOrg}-call is over, and the recorder never came to an end with it`)
  } finally {
    release.resolve()
    await world.close()
  }
}, 60_000)
