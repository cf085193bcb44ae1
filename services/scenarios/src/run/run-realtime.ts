import { callStatus } from '@twinreel/catalog/recorder'
import { TOPICS } from '@twinreel/contracts/topics'
import { logReader } from '@twinreel/oracle/told-in-log'
import { createAppender } from '@twinreel/simulator/appender'
import { systemClock } from '@twinreel/simulator/clock'
import { drive } from '@twinreel/simulator/drive'
import { faultsSchema } from '@twinreel/simulator/faults'
import { NoRecorderError } from '@twinreel/simulator/no-recorder'
import { awaitOutcomes } from '@twinreel/simulator/outcomes'
import { enterPeople } from '@twinreel/simulator/people'
import { createSimulatedCall } from '@twinreel/simulator/simulated-call'
import { openVoices, readPromptLengths } from '@twinreel/simulator/voices'
import { scenarioIds } from '../compile/ids.ts'
import { peopleOf } from '../compile/people.ts'
import { compileCall } from '../compile/plan.ts'
import { speakerOf } from '../compile/speaker.ts'
import type { Recorder } from '../report/rerun-command.ts'
import { restartsOf, type Scenario } from '../language/scenario.ts'
import { gatherEvidence } from './evidence.ts'
import { judgeBroken, judgeScenario, type Judged } from './judge-scenario.ts'
import { playingOf } from './playing.ts'
import { endsOf, recordsOf } from './read-topic.ts'
import { stageAll, type RunOptions } from './run-virtual.ts'
import type { Engines } from './virtual-world.ts'

export interface RealtimeOptions extends RunOptions {
  recorder: Recorder
  outcomesWithinMs?: number
}

const PATIENCE_MS = 30_000

/**
 * Plays scenarios in real time, all at once, to a recorder that runs on these engines. Organizations, users and calls are new ones each time, named
 * after the scenario and the run; they stay. In the order given. A scenario with a call without
 * an outcome, `outcomesWithinMs` after the last one, could not be run.
 */
export async function runRealtime(scenarios: readonly Scenario[], engines: Engines, options: RealtimeOptions): Promise<Judged[]> {
  const run = systemClock.now().toString(36)
  const voices = openVoices()
  const startedMs = performance.now()
  const { staged, broken } = stageAll(
    scenarios,
    options,
    (scenario) => {
      const ids = scenarioIds(scenario, run)
      return { scenario, ids, calls: scenario.calls.map((call) => compileCall(scenario, call, ids, { lockstep: false })) }
    },
    options.recorder,
  )
  for (const { scenario, ids } of staged) await enterPeople(engines.catalog, peopleOf(scenario, ids))
  const [commands, deadLetters, calls, lifecycle] = await Promise.all(
    [TOPICS.callCommands, TOPICS.deadLetters, TOPICS.calls, TOPICS.recordings].map((topic) => endsOf(engines.eventLog, topic)),
  )
  const startMs = systemClock.now()
  const simulated = staged.flatMap(({ scenario, ids, calls: compiled }) =>
    compiled.map((one) => ({
      scenario,
      ids,
      compiled: one,
      call: createSimulatedCall(one.plan, {
        seed: scenario.seed,
        startMs,
        faults: faultsSchema.parse({ loss: scenario.faults.loss, duplicate: scenario.faults.duplicate, reorder: scenario.faults.reorder }),
        voices,
        speaker: speakerOf(one, scenario.parties, voices),
        promptLengthsMs: readPromptLengths(),
        awaits: false,
      }),
    })),
  )
  const idleEndMs = (scenario: Scenario): number => (scenario.rules.idleEndSeconds ?? 120) * 1_000
  options.onPlay?.(
    staged.map(({ scenario }) =>
      playingOf(
        scenario,
        simulated.filter((one) => one.scenario === scenario).map(({ call }) => call),
      ),
    ),
  )
  await drive({
    log: engines.eventLog,
    speed: 'real',
    // The readers of two runs must not share a group.
    seed: Number.parseInt(run, 36) % 1_000_000_007,
    callIds: new Set(simulated.map(({ compiled }) => compiled.plan.callId)),
    calls: simulated.map(({ call }) => call).toSorted((a, b) => a.timeZeroMs - a.plan.ringMs - (b.timeZeroMs - b.plan.ringMs)),
    append: createAppender(engines.eventLog, systemClock).append,
    onEnd: () => undefined,
    clock: systemClock,
    patienceMs: PATIENCE_MS,
    idleEndMs: () => 120_000,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const stuck = await stuckCalls(engines, {
    // A call that nobody answered has no outcome, and is over when it says so.
    expected: simulated.flatMap(({ call, scenario, ids }) => {
      const known = new Set(scenario.users.filter(({ settings }) => settings !== null).map(({ name }) => ids.userId(name)))
      return call.platform.users.size === 0 ? [] : [{ callId: call.plan.callId, userIds: [...call.platform.users].filter((userId) => known.has(userId)) }]
    }),
    patienceMs: options.outcomesWithinMs ?? PATIENCE_MS + Math.max(0, ...scenarios.map(idleEndMs)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const readers = new Map(
    simulated.map(({ call, scenario }) => [call.plan.callId, logReader(call.plan.callId, { timeZeroMs: call.timeZeroMs, idleEndMs: idleEndMs(scenario) })]),
  )
  const nonsense = new Set(simulated.flatMap(({ call }) => [...call.nonsense]))
  for await (const record of recordsOf(engines.eventLog, TOPICS.calls, calls))
    if (!nonsense.has(record.headers['ce_id'] ?? '')) readers.get(record.key)?.take(record)
  const from = { commands: commands ?? new Map(), deadLetters: deadLetters ?? new Map(), lifecycle: lifecycle ?? new Map() }
  const evidence = await gatherEvidence(engines, { orgIds: staged.map(({ ids }) => ids.orgId), from })
  const results: Judged[] = []
  for (const { scenario, ids, calls: own } of staged) {
    const result = await judgeOne(scenario)
    results.push(result)
    options.onResult?.(result)

    async function judgeOne(one: Scenario): Promise<Judged> {
      try {
        if (restartsOf(one).length > 0) throw new Error('a recorder is restarted in virtual time only: this one serves others too')
        const open = own.find(({ plan }) => stuck.has(plan.callId))
        if (open !== undefined) throw new Error(`call ${open.plan.callId} is over, and the recorder never came to an end with it`)
        return await judgeScenario({
          scenario: one,
          ids,
          calls: simulated
            .filter((other) => other.scenario === one)
            .map(({ compiled, call }) => ({ compiled, call, told: readers.get(call.plan.callId)?.told ?? [] })),
          evidence,
          store: engines.store,
          seconds: (performance.now() - startedMs) / 1_000,
          withinMs: one.tolerances.timeMs.within,
          tolerances: one.tolerances,
          outDir: options.outDir,
          recorder: options.recorder,
        })
      } catch (error) {
        return judgeBroken(one, error, options.recorder)
      }
    }
  }
  return scenarios.flatMap((scenario) => broken.get(scenario) ?? results.shift() ?? [])
}

/** Waits until all calls have their outcomes; answers the calls that are still open when for so long none more was closed. */
async function stuckCalls({ catalog }: Engines, options: Omit<Parameters<typeof awaitOutcomes>[0], 'catalog' | 'clock' | 'onProgress'>): Promise<Set<string>> {
  try {
    await awaitOutcomes({ ...options, catalog, clock: systemClock, onProgress: () => undefined })
    return new Set()
  } catch (error) {
    if (!(error instanceof NoRecorderError)) throw error
    const stuck = new Set<string>()
    for (const { callId } of options.expected) if ((await callStatus(catalog, callId)) !== 'closed') stuck.add(callId)
    return stuck
  }
}
