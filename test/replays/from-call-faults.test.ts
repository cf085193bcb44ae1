import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureCall } from '@twinreel/replay/capturing/capture-call'
import { silentLogger } from '@twinreel/service/log'
import { enterPeople } from '@twinreel/simulator/people'
import { parsePlan, type ActionInput, type CallPlanInput } from '@twinreel/simulator/plan'
import { simulate } from '@twinreel/simulator/simulate'
import { ANSWERED, called, caller, hangUp, press, stream } from '@twinreel/twinreel/demo/calls/scene'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { scenarioFromCall } from '@twinreel/twinreel/scenario-from-call/from-call'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORGANIZATIONS } from './scenes.ts'

const outside = {
  direction: 'outbound',
  participants: [caller('mia'), called(null)],
  answeredBy: ANSWERED,
  streams: [stream('caller'), stream('called')],
} as const
const pressed = (more: Partial<Extract<ActionInput, { do: 'control' }>>): ActionInput => ({
  do: 'control',
  control: 'pause',
  userId: 'mia',
  atMs: 5_250,
  ...more,
})

/** What goes wrong in a call, and the line that tells it. */
const CALLS: Readonly<Record<string, { plan: Partial<CallPlanInput> & Pick<CallPlanInput, 'actions'>; line: string }>> = {
  'late-key': {
    plan: { actions: [pressed({ delayMs: 3_000, via: 'app' }), press('resume', 'mia', 12_000), hangUp(20_000)] },
    line: '00:05.250 mia pauses by app, 2.75 s late',
  },
  unstamped: { plan: { actions: [pressed({ stamped: false }), press('resume', 'mia', 12_000), hangUp(20_000)] }, line: '00:05.000 mia pauses, unstamped' },
  'early-key': { plan: { actions: [pressed({ atMs: -500 }), hangUp(4_000)] }, line: '-00:00.500 mia pauses' },
  'late-gate': {
    plan: {
      gateFates: [{ fromMs: 0, every: false, fate: { kind: 'is-answered-late', byMs: 400 } }],
      actions: [pressed({}), press('resume', 'mia', 12_000), hangUp(20_000)],
    },
    line: '00:05.250 next gate command is answered 400 ms late',
  },
  'no-answer-of-gate': {
    plan: { gateFates: [{ fromMs: 0, every: false, fate: { kind: 'is-ignored' } }], actions: [pressed({}), press('resume', 'mia', 12_000), hangUp(20_000)] },
    line: '00:05.250 next gate command is ignored',
  },
  'silent-hold': {
    plan: {
      actions: [{ do: 'hold', atMs: 4_000, participantId: 'called', silent: true }, { do: 'retrieve', atMs: 9_000, participantId: 'called' }, hangUp(12_000)],
    },
    line: '00:04.000 called holds silently',
  },
  restart: {
    plan: { actions: [{ do: 'away', atMs: 5_000, forMs: 2_500, restarts: true }, hangUp(12_000)], losses: [{ fromMs: 5_000, toMs: 7_500 }] },
    line: '00:05.000 publisher restarts after 2.5 s',
  },
  away: {
    plan: { actions: [{ do: 'away', atMs: 5_000, forMs: 4_000, restarts: false }, hangUp(15_000)], losses: [{ fromMs: 5_000, toMs: 9_000 }] },
    line: '00:05.000 publisher is away for 4 s',
  },
}
const told = new Map<string, Awaited<ReturnType<typeof scenarioFromCall>>>()
const dataDir = mkdtempSync(join(tmpdir(), 'twinreel-from-call-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

beforeAll(async () => {
  const engines = await openEngines({ dataDir })
  try {
    for (const people of ORGANIZATIONS) await enterPeople(engines.catalog, people)
    const recorder = await recordWith(engines, silentLogger)
    const plans = Object.entries(CALLS).map(([callId, { plan }]) =>
      parsePlan({ callId, orgId: 'lenient', seed: 1, ...outside, participants: [...outside.participants], streams: [...outside.streams], ...plan }),
    )
    await simulate({ log: engines.eventLog, catalog: engines.catalog, plans, speed: 'max', seed: 1, faults: {}, startMs: Date.UTC(2026, 2, 2, 9) })
    for (const { callId } of plans) {
      const { capture } = await captureCall(engines, { callId, eventsOnly: false, anonymous: null, wrapping: () => null, writtenBy: '0.1.0' })
      told.set(callId, await scenarioFromCall(capture, `${callId}.scenario.yaml`, { keepNames: true }))
    }
    await recorder.stop()
  } finally {
    await engines.close()
  }
}, 120_000)

test.each(Object.entries(CALLS))('%s is told, and comes out the same', (callId, { line }) => {
  expect(told.get(callId)?.text).toContain(`- ${line}\n`)
  expect(told.get(callId)?.partings).toEqual([])
})
