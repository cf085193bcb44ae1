import { memoryStore } from '@twinreel/object-store/memory'
import type { ObjectStore, PutOptions } from '@twinreel/object-store/port'
import { expect, it } from 'vitest'
import { readScenario } from '../language/read-scenario.ts'
import { failureText } from '../report/failure-text.ts'
import { runVirtual } from './run-virtual.ts'

const STORY = `scenario: Alice pauses while Carol is recorded
users:
  alice: { mode: always-pause-resume, announcement: none, tone: off }
  carol: { mode: always, announcement: none, tone: off }
call: { from: carol, to: alice }
timeline:
  - 00:03 alice pauses
  - 00:05 alice resumes
  - 00:08 carol hangs up
`
const OTHER = `scenario: Bob is recorded\nusers:\n  bob: { mode: always, announcement: none, tone: off }\nparties: { dan }\ncall: { from: dan, to: bob }\ntimeline:\n  - 00:02 hang up\n`
const CLAIMS = 'expect:\n  alice:\n    audio:\n      - 00:03.500 to 00:04.500 of carol is nowhere\n'

/** A store into which a recorder that errs puts what belongs to nobody: a copy of each object under another key, if there is one. */
function withCopies(copyOf: (key: string) => string | null) {
  return (clock: () => number): ObjectStore => {
    const store = memoryStore({ clock })
    return {
      ...store,
      async putIfAbsent(options: PutOptions) {
        const key = copyOf(options.key)
        if (key !== null) await store.putIfAbsent({ ...options, key })
        return store.putIfAbsent(options)
      },
    }
  }
}

async function play(copyOf: (key: string) => string | null, stories: readonly string[] = [STORY, OTHER]) {
  const judged = await runVirtual(
    stories.map((story, i) => readScenario(`${i}.scenario.yaml`, story)),
    { seed: null, outDir: null, openStore: withCopies(copyOf) },
  )
  return judged.map(({ result }) => ({ name: result.name, status: result.status, told: failureText(result) }))
}

/** Carol's first object has a copy there. */
function carolsFirst(copyOf: (key: string) => string): (key: string) => string | null {
  return (key) => (/\.carol\/[^/]+\/00000\.wav$/.test(key) ? copyOf(key) : null)
}

it.each<[string, (key: string) => string, RegExp]>([
  ['under a recording that nobody knows of', (key) => key.replace(/[^/]+\/00000/, 'unknown/00000'), /carol\/unknown\/00000\.wav belongs to no recording/],
  ['under the name of somebody else', (key) => key.replace('.carol/', '.alice/'), /\.alice\/[^/]+\/00000\.wav belongs to no recording/],
  ['beside those of a recording', (key) => key.replace('00000', '00007'), /00007\.wav is one object too many/],
  ['beside all recordings', (key) => key.replace(/[^/]+\/[^/]+\/00000/, '00000'), /recordings\/sc-[0-9a-f]+\/00000\.wav belongs to no recording/],
])('a scenario fails by its name, and no other, when the recorder puts one object more: %s', async (_, copyOf, told) => {
  const [alice, bob] = await play(carolsFirst(copyOf))
  expect(alice).toMatchObject({ name: 'Alice pauses while Carol is recorded', status: 'failed', told: expect.stringMatching(told) })
  expect(bob?.status).toBe('passed')
})

it('a scenario can’t be run when the recorder puts something where no organization has its recordings', async () => {
  const [alice, bob] = await play(carolsFirst(() => 'audio/00000.wav'))
  expect(alice).toMatchObject({ status: 'broken', told: expect.stringContaining('no recording of this scenario lies: audio/00000.wav') })
  expect(bob?.status).toBe('passed')
})

it('what was said in a pause is found in an object that no row tells of', async () => {
  const [alice] = await play(
    carolsFirst((key) => key.replace(/\.carol\/[^/]+/, '.alice/unknown')),
    [`${STORY}${CLAIMS}`],
  )
  expect(alice?.told).toMatch(/expected: 00:03\.500 to 00:04\.500 of carol is nowhere\n +got: +what carol said at 00:03\.500 stands on the left of 00000\.wav/)
})

it('without an object too many the same scenarios pass', async () => {
  expect((await play(() => null, [`${STORY}${CLAIMS}`, OTHER])).map(({ status, told }) => [status, told][status === 'passed' ? 0 : 1])).toEqual([
    'passed',
    'passed',
  ])
})
