import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readScenario } from '../language/read-scenario.ts'
import { failureText } from '../report/failure-text.ts'
import { junitXml } from '../report/junit.ts'
import { runResult } from '../run-result.ts'
import { updatedText } from '../update.ts'
import { runVirtual } from './run-virtual.ts'

const STORY = `scenario: Alice pauses & "resumes"
users:
  alice: { mode: always-pause-resume, announcement: none, tone: off }
parties:
  bob:
call: { from: bob, to: alice }
timeline:
  - 00:03 alice pauses
  - 00:04 alice stops
  - 00:05 alice resumes
  - 00:08 bob hangs up
`
const HOLDS = `${STORY}
# what must come of it
expect:
  call:
    - 00:03.000 gate shut
    - 00:05.000 gate opened
  alice:
    # the ledger
    outcome: recorded
    timeline:
      - 00:00.000 to 00:03.000 captured # before the card number
      - 00:03.000 to 00:05.000 paused
      - 00:04.000 stop rejected, not-allowed-in-mode
      - 00:05.000 to 00:08.000 captured
      - 00:08.000 ended, call-ended
    audio:
      - 00:00 to 00:03 left is alice
      - 00:05 to 00:08 right is bob
      - 00:03 to 00:05 of bob is nowhere
      - no prompt is heard
`

async function play(text: string, outDir: string | null = null) {
  const [judged] = await runVirtual([readScenario('a.scenario.yaml', text)], { seed: null, outDir })
  if (judged === undefined) throw new Error('nothing was played')
  return judged
}

it('passes what holds', async () => {
  const { result } = await play(HOLDS)
  expect(result.status, failureText(result)).toBe('passed')
})

it.each<[string, string, string, string]>([
  ['a cut a millisecond off', '00:03.000 to 00:05.000 paused', '00:03.000 to 00:05.001 paused', 'got:      00:03.000 to 00:05.000 paused'],
  ['an outcome', 'outcome: recorded', 'outcome: excluded, fax', 'expected: excluded, fax\n      got:      recorded'],
  ['a reason', 'stop rejected, not-allowed-in-mode', 'stop rejected, not-recording', 'got:      00:04.000 stop rejected, not-allowed-in-mode'],
  ['a thing too many', '      - 00:08.000 ended, call-ended\n', '', 'expected: nothing\n      got:      00:08.000 ended, call-ended'],
  ['who speaks', 'left is alice', 'left is bob', 'something else on the left from 00:00.000 on'],
  ['what was captured', '00:00 to 00:03 left', '00:02 to 00:04 left', 'nothing was captured at 00:03.000'],
  ['words that are there', '00:03 to 00:05 of bob', '00:02 to 00:03 of bob', 'what bob said at 00:02.000 stands on the right'],
])('tells what is missed: %s', async (_, right, wrong, told) => {
  expect(HOLDS).toContain(right)
  const { result } = await play(HOLDS.replace(right, wrong))
  expect(result.status).toBe('failed')
  expect(failureText(result)).toContain(told)
  expect(failureText(result)).toContain('again: npx -y pnpm@12 -s twinreel scenario run a.scenario.yaml --seed 1')
})

it('tells of what nobody expected: a prompt, a turn of the gate, a refused key', async () => {
  const { result } = await play(
    `${STORY.replace('users:', 'users:\n  carol: { mode: never }').replace('from: bob', 'from: carol')}
expect:
  alice:
    outcome: recorded
    includes: []
  carol: excluded, mode-never
`
      .replace('00:04 alice stops', '00:04 carol pauses')
      .replace('tone: off', 'tone: off, notification: beep')
      .replace('bob hangs', 'carol hangs'),
  )
  const unexpected = result.calls
    .flatMap(({ expectations, owners }) => [...expectations, ...owners.flatMap((owner) => owner.expectations)])
    .filter(({ met }) => !met)
  expect(unexpected.map(({ expected, got }) => `${expected} ${got}`)).toEqual([
    'null 00:03.000 to 00:03.150 pause-beep heard',
    'null 00:03.000 gate shut',
    'null 00:05.000 to 00:05.150 resume-beep heard',
    'null 00:05.150 gate opened',
    'null 00:04.000 pause rejected, not-allowed-in-mode',
  ])
})

it('and does not where the file says that it tells no more than some of it', async () => {
  const told = 'expect:\n  call:\n    includes:\n      - 00:05.000 gate opened\n  alice:\n    includes: []\n'
  const { result } = await play(`${STORY}${told}`)
  expect(result.status, failureText(result)).toBe('passed')
  const missed = await play(`${STORY}${told.replace('00:05.000 gate', '00:06.000 gate')}`)
  expect(failureText(missed.result)).toContain('got:      00:05.000 gate opened')
})

const TOGETHER = `scenario: Two speak at once
users:
  alice: { mode: always, announcement: none, tone: off }
parties:
  bob:
  dan:
call: { from: bob, to: alice }
timeline:
  - 00:01 dan joins
  - 00:06 dan leaves
  - 00:08 bob hangs up
expect:
  alice:
    audio:
      - 00:00 to 00:01 of dan is nowhere
      - 00:06 to 00:08 of dan is nowhere
`

it('finds what somebody said among others who spoke at the same time', async () => {
  const { result } = await play(TOGETHER)
  expect(result.status, failureText(result)).toBe('passed')
  const missed = await play(`${TOGETHER}      - 00:03 to 00:04 of dan is nowhere\n`)
  expect(failureText(missed.result)).toContain(
    'expected: 00:03 to 00:04 of dan is nowhere\n      got:      what dan said at 00:03.000 stands on the right of 00000.wav',
  )
})

it.each(['+250 ms', '-250 ms', '+1500 ms, loss: 2 %, reorder: 5 %, duplicate: 5 %', '-1500 ms, loss: 2 %, reorder: 5 %, duplicate: 5 %'])(
  'is exact where the clock that stamps events is off: %s',
  async (skew) => {
    const { result } = await play(`scenario: Carol comes and goes
users:
  alice: { mode: always-pause-resume, notification: beep, tone: off }
  carol: { mode: always, announcement: none, tone: off }
  dan: { mode: always, recording: off }
parties:
  bob:
faults: { clock-skew: ${skew} }
call: { from: bob, to: alice }
timeline:
  - 00:07.250 alice pauses
  - 00:09 alice holds silently
  - 00:10 alice retrieves
  - 00:12 alice resumes
  - 00:13.2 carol joins
  - 00:15 carol leaves
  - 00:16 dan joins
  - 00:17 bob hangs up
`)
    expect(result.status, failureText(result)).toBe('passed')
    expect(result.calls[0]?.owners.map(({ owner, outcome }) => `${owner} ${outcome}`)).toEqual(['alice recorded', 'carol recorded', 'dan excluded'])
  },
)

it('audio that is held back until it is too much for a message is lost, not late', async () => {
  const { result } = await play(`scenario: Bob and Alice are held back for 17 seconds
users:
  alice: { mode: always, announcement: none, tone: off, codec: L16, rate: 16000 }
parties:
  bob: { codec: L16, rate: 16000 }
call: { from: bob, to: alice }
timeline:
  - 00:03 all audio comes 1 s late for 17 s
  - 00:30 bob hangs up
expect:
  call:
    - dead letter too-large
  alice:
    outcome: recorded
    includes:
      - 00:03.000 to 00:20.000 near lost
      - 00:03.000 to 00:20.000 far lost
`)
  expect(result.status, failureText(result)).toBe('passed')
})

it('a recorder that has given up on a prompt has not noticed yet that the call is silent', async () => {
  const { result } = await play(`scenario: Nobody answers
users:
  alice: { mode: always-pause-resume, notification: beep, announcement: none, tone: off }
parties: { bob }
call: { from: bob, to: alice }
timeline:
  - 00:08 next pause-beep is ignored
  - 00:09.500 alice pauses
  - 00:10 call vanishes
  - 00:40 recorder notices the silence
`)
  expect(result.problem).toContain('the recorder has not noticed by 00:40')
})

it('a seed with which a key would come after the end spoils no other scenario', async () => {
  const jitter = `${STORY.replace('Alice pauses', 'Alice pauses late').replace('00:08 bob', '00:05.600 bob')}faults: { jitter: 2 s }\n`
  const seeds = Array.from({ length: 40 }, (_, seed) => seed)
  const isPlayable = (seed: number): boolean => {
    try {
      return readScenario('a.scenario.yaml', `${jitter}seed: ${seed}\n`).seed === seed
    } catch {
      return false
    }
  }
  const [good, bad] = [seeds.find(isPlayable), seeds.find((seed) => !isPlayable(seed))]
  const scenarios = [readScenario('a.scenario.yaml', `${jitter}seed: ${good}\n`), readScenario('b.scenario.yaml', STORY)]
  const heard: string[] = []
  const judged = await runVirtual(scenarios, { seed: bad ?? null, outDir: null, onResult: ({ result }) => void heard.push(result.file) })
  expect(judged.map(({ result: { file, status } }) => `${file} ${status}`)).toEqual(['a.scenario.yaml broken', 'b.scenario.yaml passed'])
  expect(judged[0]?.result.problem).toContain('it would reach the log after the hang-up')
  expect(heard.toSorted()).toEqual(['a.scenario.yaml', 'b.scenario.yaml'])
})

it('writes what a cut in the wrong place costs, to be heard', async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'difference-'))
  onTestFinished(() => rmSync(outDir, { recursive: true }))
  const { result } = await play(HOLDS.replace('00:05.000 to 00:08.000 captured', '00:04.500 to 00:08.000 captured'), outDir)
  const [miss] = result.calls[0]?.owners[0]?.expectations.filter(({ met }) => !met) ?? []
  expect(miss?.atMs).toBe(4_500)
  expect(existsSync(miss?.differenceWav ?? '')).toBe(true)
})

it('writes what came into a file that expects something else, and touches nothing but that', async () => {
  const { goldens } = await play(STORY)
  const spoiled = HOLDS.replace('00:03.000 to 00:05.000 paused', '00:03.000 to 00:06.000 paused').replace('outcome: recorded', 'outcome: excluded, fax')
  const updated = updatedText(spoiled, goldens, ['alice', 'bob'])
  expect(updated.startsWith(`${STORY}\n# what must come of it\nexpect:\n`)).toBe(true)
  for (const kept of ['# the ledger', 'captured # before the card number', 'no prompt is heard', 'outcome: recorded', '00:03.000 to 00:05.000 paused'])
    expect(updated).toContain(kept)
  expect((await play(updated)).result.status).toBe('passed')
  expect(updatedText(updated, goldens, ['alice', 'bob'])).toBe(updated)
  expect((await play(updatedText(STORY, goldens, ['alice', 'bob']))).result.status).toBe('passed')
})

it('keeps the comment of an outcome that stood alone when more is written beside it', async () => {
  const alone = `${STORY}expect:\n  alice: excluded, fax # why it is so\n`
  const { goldens } = await play(STORY)
  const updated = updatedText(alone, goldens, ['alice', 'bob'])
  expect(updated).toContain('    outcome: recorded # why it is so\n')
  expect((await play(updated)).result.status).toBe('passed')
})

it('tells continuous integration of a failure, in XML that holds', async () => {
  const { result } = await play(HOLDS.replace('outcome: recorded', 'outcome: excluded, fax'))
  const xml = junitXml(runResult({ mode: 'virtual', seed: null, shard: null, tags: [] }, [result], 1))
  expect(xml).toContain('tests="1" failures="1" errors="0"')
  expect(xml).toContain('name="Alice pauses &amp; &quot;resumes&quot;"')
  expect(xml).toContain('expected: excluded, fax')
})
