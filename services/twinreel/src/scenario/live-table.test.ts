import { readScenario } from '@twinreel/scenarios/language/read-scenario'
import { judgeBroken } from '@twinreel/scenarios/run/judge-scenario'
import type { ScenarioProgress } from '@twinreel/scenarios/run/playing'
import { runRealtime } from '@twinreel/scenarios/run/run-realtime'
import { openVirtualWorld } from '@twinreel/scenarios/run/virtual-world'
import { expect, it } from 'vitest'
import { openScreen } from '../testing/screen.ts'
import { liveTable } from './live-table.ts'

const STORY = `users:
  alice: { mode: always, announcement: none, tone: off }
parties: { bob }
call: { from: bob, to: alice, rings: 100 ms }
timeline:
  - 00:03 hang up
`

function scenario(name: string, tags = '') {
  return readScenario(`${name}.scenario.yaml`, `scenario: ${name}\n${tags}${STORY}`)
}

/** Scenarios that are played as the test says. */
function table(columns: number, rows: number, names: readonly string[], tags = '') {
  const screen = openScreen({ columns, rows })
  const scenarios = names.map((name) => scenario(name, tags))
  const progress = new Map<string, ScenarioProgress>()
  let nowMs = 0
  let tick = (): void => undefined
  const shown = liveTable(screen, { scenarios, now: () => nowMs, every: (_ms, callback) => ((tick = callback), () => undefined) })
  return {
    screen,
    shown,
    play: (some = names) =>
      shown.onPlay(
        scenarios.filter(({ name }) => some.includes(name)).map((one) => ({ scenario: one, progress: () => progress.get(one.name) ?? at('waiting', null) })),
      ),
    reaches: (name: string, state: ScenarioProgress['state'], atMs: number) => void progress.set(name, at(state, atMs)),
    judge(name: string, status: 'passed' | 'failed') {
      const [judged] = scenarios.flatMap((one) => (one.name === name ? [judgeBroken(one, '').result] : []))
      if (judged !== undefined) shown.onResult({ ...judged, status, seconds: 0.25 })
    },
    wait(ms: number) {
      nowMs += ms
      tick()
    },
  }
}

function at(state: ScenarioProgress['state'], atMs: number | null): ScenarioProgress {
  return { state, atMs, calls: 1, callsOver: 0 }
}

it('rows advance where they stand, and stay when their scenario is judged', async () => {
  const { screen, shown, play, reaches, judge, wait } = table(80, 10, ['First', 'Second'])
  play()
  reaches('First', 'recording', 61_900)
  wait(1_000)
  expect(await screen.inSight()).toEqual([
    '  scenario          state      call time  recordings      met     took',
    '  First             recording      01:01                        1.00 s',
    '  Second            waiting                                     1.00 s',
    '0 of 2 judged · 2 playing · 1.0 s · 0 recordings · 0 met, 0 missed',
  ])
  expect(await screen.isCursorShown()).toBe(false)
  judge('Second', 'failed')
  judge('First', 'passed')
  shown.end()
  expect(await screen.all()).toEqual([
    '  scenario          state      call time  recordings      met     took',
    '✓ First             passed         00:00           0      0/0   0.25 s',
    '✗ Second            failed         00:00           0      0/0   0.25 s',
    '2 of 2 judged · 1 failed · 1.0 s · 0 recordings · 0 met, 0 missed',
  ])
  expect(await screen.isCursorShown()).toBe(true)
})

it('on a low terminal those that are played and those that failed stay in sight, the rest scrolls away, and nothing stands there twice', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `Scenario ${String(i + 1).padStart(2, '0')}`)
  const { screen, shown, play, judge, wait } = table(80, 8, names)
  play()
  for (const [i, name] of names.slice(0, 30).entries()) {
    judge(name, i === 4 || i === 17 ? 'failed' : 'passed')
    wait(100)
  }
  const shownThen = (await screen.inSight()).map((line) => line.slice(0, 40).trimEnd())
  expect(shownThen).toEqual([
    '  scenario          state      call time',
    '✗ Scenario 05       failed         00:00',
    '✗ Scenario 18       failed         00:00',
    '  Scenario 31       waiting',
    '  Scenario 32       waiting',
    '  … and 8 more that are played',
    '30 of 40 judged · 2 failed · 10 playing',
  ])
  for (const name of names.slice(30)) judge(name, 'passed')
  shown.end()
  const rows = (await screen.all()).filter((line) => /^. Scenario \d/.test(line)).map((line) => line.slice(2, 13))
  expect(rows.toSorted()).toEqual(names)
  for (const once of ['judged', 'call time']) expect((await screen.all()).filter((line) => line.includes(once))).toHaveLength(1)
})

it.each([
  [30, ['  Bob reads out h…  recording', '0 of 1 judged · 1 playing · …']],
  [58, ['  Bob reads out his card …  recording      00:02']],
])('a terminal of %i columns cuts names, and leaves out what has no room, rather than wrap', async (columns, lines) => {
  const name = 'Bob reads out his card number while nobody records'
  const { screen, play, reaches, wait } = table(columns, 10, [name], 'tags: [pause]\n')
  play()
  reaches(name, 'recording', 2_000)
  wait(1_000)
  const inSight = await screen.inSight()
  expect(inSight).toHaveLength(3)
  expect(inSight).toEqual(expect.arrayContaining(lines))
})

it('where there is room the tags stand there, and letters of double width count twice', async () => {
  const { screen, play, wait } = table(110, 10, ['通話', 'Call'], 'tags: [pause, by-feature-code, shape]\n')
  play()
  wait(1_000)
  const [head = '', wide = '', plain = ''] = await screen.inSight()
  expect([wide, plain]).toEqual([
    expect.stringMatching(/^ {2}通話 +pause by-feature-code… +waiting /),
    expect.stringMatching(/^ {2}Call +pause by-feature-code… +waiting /),
  ])
  const stateFrom = [head.indexOf('state'), wide.indexOf('waiting') + 2, plain.indexOf('waiting')]
  expect(new Set(stateFrom).size).toBe(1)
})

it('a terminal that becomes narrower leaves nothing behind of what was drawn', async () => {
  const { screen, play, shown, wait } = table(120, 12, ['First', 'Second', 'Third'])
  play()
  wait(100)
  await screen.inSight()
  screen.resize(60, 12)
  wait(100)
  const lines = await screen.all()
  for (const name of ['First', 'Second', 'Third', 'judged']) expect(lines.filter((line) => line.includes(name))).toHaveLength(1)
  expect(lines.at(-1)).toMatch(/^0 of 3 judged/)
  shown.end()
})

it('in real time a row goes on with its call', async () => {
  const world = await openVirtualWorld()
  const screen = openScreen({ columns: 80, rows: 10 })
  const scenarios = [scenario('Bob calls')]
  const display = liveTable(screen, { scenarios, now: () => performance.now(), every })
  try {
    const run = runRealtime(scenarios, world, {
      seed: null,
      outDir: null,
      recorder: { options: [] },
      onPlay: display.onPlay,
      onResult: ({ result }) => display.onResult(result),
    }).finally(() => display.end())
    for (const second of ['00:01', '00:02']) await expect.poll(() => screen.inSight(), { timeout: 20_000 }).toContainEqual(rowWith('recording', second))
    await run
    expect(await screen.inSight()).toContainEqual(rowWith('passed', '00:03'))
  } finally {
    await world.close()
  }

  function rowWith(state: string, time: string): unknown {
    return expect.stringMatching(new RegExp(`Bob calls +${state} +${time}`))
  }
}, 60_000)

function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms)
  return () => clearInterval(timer)
}
