import { setImmediate as turn } from 'node:timers/promises'
import { writeCallTime } from '@twinreel/contracts/call-time'
import { TOPICS } from '@twinreel/contracts/topics'
import { logReader } from '@twinreel/oracle/told-in-log'
import type { TrueEvent } from '@twinreel/oracle/truth-files'
import { callStatus } from '@twinreel/catalog/recorder'
import { createAppender } from '@twinreel/simulator/appender'
import { systemClock } from '@twinreel/simulator/clock'
import { drive } from '@twinreel/simulator/drive'
import { faultsSchema } from '@twinreel/simulator/faults'
import { enterPeople } from '@twinreel/simulator/people'
import { createSimulatedCall, type SimulatedCall } from '@twinreel/simulator/simulated-call'
import { openVoices, readPromptLengths, type Voices } from '@twinreel/simulator/voices'
import { scenarioIds, type ScenarioIds } from '../compile/ids.ts'
import { peopleOf } from '../compile/people.ts'
import { compileCall, type CompiledCall } from '../compile/plan.ts'
import { speakerOf } from '../compile/speaker.ts'
import { restartsOf, silencesOf, type Scenario } from '../language/scenario.ts'
import { gatherEvidence, keysBelow } from './evidence.ts'
import { judgeBroken, judgeScenario, type Judged } from './judge-scenario.ts'
import { playingOf, type Playing } from './playing.ts'
import type { Recorder } from '../report/rerun-command.ts'
import { recordsOf } from './read-topic.ts'
import { openVirtualWorld, VIRTUAL_START_MS, type VirtualWorld, type WorldOptions } from './virtual-world.ts'

export interface RunOptions {
  /** Before each scenario's own seed. */
  seed: number | null
  /** Where differences are written as WAV files; `null` writes none. */
  outDir: string | null
  /** Hears of each scenario as soon as it is known. */
  onResult?(judged: Judged): void
  /** Hears of scenarios when their calls begin; again, of those that are played once more because something went wrong for many at once. */
  onPlay?(playing: readonly Playing[]): void
  signal?: AbortSignal
}

export interface VirtualOptions extends RunOptions, WorldOptions {}

/** A scenario with its calls ready to be simulated. */
interface Staged {
  scenario: Scenario
  ids: ScenarioIds
  calls: readonly CompiledCall[]
}

/** Audio of the calls that are played at once; each of them stays in memory until its scenario is judged. */
const WAVE_BYTES = 160 * 1_048_576
/** Nothing here waits for anything outside of this process: what has not answered by then never will. */
const PATIENCE_MS = 10_000

/** Plays scenarios to the real recorder in virtual time, many at once, each judged by itself. In the order given. */
export async function runVirtual(scenarios: readonly Scenario[], options: VirtualOptions): Promise<Judged[]> {
  const voices = openVoices()
  const results: Judged[] = []
  const { staged, broken } = stageAll(scenarios, options, stage)
  for (const wave of wavesOf(staged)) {
    options.signal?.throwIfAborted()
    results.push(...(await runWave(wave, voices, options)))
  }
  return scenarios.flatMap((scenario) => broken.get(scenario) ?? results.shift() ?? [])
}

/** What can't be made ready spoils nothing but itself. */
export function stageAll<S>(
  scenarios: readonly Scenario[],
  { seed, onResult }: RunOptions,
  stageOne: (scenario: Scenario) => S,
  recorder: Recorder | null = null,
) {
  const [staged, broken] = [[] as S[], new Map<Scenario, Judged>()]
  for (const given of scenarios) {
    const scenario = seed === null ? given : { ...given, seed }
    try {
      staged.push(stageOne(scenario))
    } catch (error) {
      const judged = judgeBroken(scenario, error, recorder)
      broken.set(given, judged)
      onResult?.(judged)
    }
  }
  return { staged, broken }
}

function stage(scenario: Scenario): Staged {
  const ids = scenarioIds(scenario, null)
  return { scenario, ids, calls: scenario.calls.map((call) => compileCall(scenario, call, ids, { lockstep: true })) }
}

function wavesOf(staged: readonly Staged[]): Staged[][] {
  const waves: Staged[][] = []
  let bytes = Infinity
  // What becomes of the recorder and of its clock becomes of all calls at hand.
  const alone = new Set(staged.filter(({ scenario }) => restartsOf(scenario).length + silencesOf(scenario).length > 0))
  for (const one of staged) {
    if (alone.has(one)) {
      waves.push([one])
      bytes = Infinity
      continue
    }
    const own = one.calls.reduce((sum, { plan }) => sum + (plan.actions.at(-1)?.atMs ?? 0) * 8 * plan.streams.length, 0)
    if (bytes + own > WAVE_BYTES) {
      waves.push([])
      bytes = 0
    }
    bytes += own
    waves.at(-1)?.push(one)
  }
  return waves
}

/** What goes wrong for many at once is tried again one by one, so that one scenario spoils no other. */
async function runWave(wave: readonly Staged[], voices: Voices, options: VirtualOptions): Promise<Judged[]> {
  try {
    return await playWave(wave, voices, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (wave.length > 1) {
      const results: Judged[] = []
      for (const one of wave) results.push(...(await runWave([one], voices, options)))
      return results
    }
    const [only] = wave
    if (only === undefined) return []
    const result = judgeBroken(only.scenario, error)
    options.onResult?.(result)
    return [result]
  }
}

async function playWave(wave: readonly Staged[], voices: Voices, options: VirtualOptions): Promise<Judged[]> {
  const startedMs = performance.now()
  const world = await openVirtualWorld(options)
  try {
    for (const { scenario, ids } of wave) await enterPeople(world.catalog, peopleOf(scenario, ids))
    // Settings and tiers stand before the first call.
    world.advance(VIRTUAL_START_MS + 1_000)
    const { simulated, told } = await playCalls(world, wave, voices, options)
    await letNotice(world, wave, simulated, told)
    await closed(world, simulated)
    await world.finish()
    await nothingElsewhere(world, wave)
    await told.readOn()
    const results: Judged[] = []
    const evidence = await gatherEvidence(world, { orgIds: wave.map(({ ids }) => ids.orgId) })
    for (const one of wave) {
      const calls = one.calls.map((compiled) => ({ compiled, simulated: simulated.find(({ plan }) => plan.callId === compiled.plan.callId) }))
      const result = await judgeScenario({
        scenario: one.scenario,
        ids: one.ids,
        calls: calls.flatMap(({ compiled, simulated: call }) => (call === undefined ? [] : [{ compiled, call, told: told.of(call.plan.callId) }])),
        evidence,
        store: world.store,
        seconds: (performance.now() - startedMs) / 1_000 / wave.length,
        withinMs: 0,
        tolerances: null,
        outDir: options.outDir,
        recorder: null,
      })
      results.push(result)
      options.onResult?.(result)
    }
    return results
  } finally {
    await world.close()
  }
}

/** What lies below no organization of these is nobody's, so that no single scenario could tell of it. */
async function nothingElsewhere(world: VirtualWorld, wave: readonly Staged[]): Promise<void> {
  const places = ['journal/', ...wave.map(({ ids }) => `recordings/${ids.orgId}/`)]
  const key = (await keysBelow(world.store, '')).find((one) => !places.some((place) => one.startsWith(place)))
  if (key !== undefined) throw new Error(`the recorder put an object where no recording of this scenario lies: ${key}`)
}

interface Told {
  /** Takes in what has come to the log since. */
  readOn(): Promise<void>
  /** What the log told of a call. */
  of(callId: string): readonly TrueEvent[]
}

function toldIn(world: VirtualWorld, wave: readonly Staged[], calls: readonly SimulatedCall[]): Told {
  const idleEnds = idleEndsOf(wave)
  const readers = new Map(
    calls.map((call) => {
      const { plan, timeZeroMs } = call
      return [plan.callId, { call, reader: logReader(plan.callId, { timeZeroMs, idleEndMs: idleEnds.get(plan.callId) ?? 120_000 }) }] as const
    }),
  )
  let next = 0
  return {
    async readOn() {
      for await (const record of recordsOf(world.eventLog, TOPICS.calls, new Map([[0, next]]))) {
        next = record.offset + 1
        const of = readers.get(record.key)
        if (of?.call.nonsense.has(record.headers['ce_id'] ?? '') === false) of.reader.take(record)
      }
    },
    of: (callId) => readers.get(callId)?.reader.told ?? [],
  }
}

function idleEndsOf(wave: readonly Staged[]): ReadonlyMap<string, number> {
  return new Map(wave.flatMap(({ scenario, calls }) => calls.map(({ plan }) => [plan.callId, (scenario.rules.idleEndSeconds ?? 120) * 1_000] as const)))
}

async function playCalls(
  world: VirtualWorld,
  wave: readonly Staged[],
  voices: Voices,
  options: RunOptions,
): Promise<{ simulated: SimulatedCall[]; told: Told }> {
  const promptLengthsMs = readPromptLengths()
  const startMs = world.now()
  const calls = wave.flatMap(({ scenario, calls: compiled }) =>
    compiled.map((one) =>
      createSimulatedCall(one.plan, {
        seed: scenario.seed,
        startMs,
        faults: faultsSchema.parse({ loss: scenario.faults.loss, duplicate: scenario.faults.duplicate, reorder: scenario.faults.reorder }),
        voices,
        speaker: speakerOf(one, scenario.parties, voices),
        promptLengthsMs,
        awaits: true,
      }),
    ),
  )
  const byId = new Map(calls.map((call) => [call.plan.callId, call]))
  const idleEnds = idleEndsOf(wave)
  const noticed = new Set(silences(wave).map(({ callId }) => callId))
  const { append } = createAppender(world.eventLog, systemClock)
  const told = toldIn(world, wave, calls)
  const restarts = wave.flatMap(({ scenario, ids }) => restartsOf(scenario).map(({ call, ...restart }) => ({ ...restart, callId: ids.callId(call) })))
  options.onPlay?.(
    wave.map(({ scenario, calls: own }) =>
      playingOf(
        scenario,
        own.flatMap(({ plan }) => byId.get(plan.callId) ?? []),
      ),
    ),
  )
  await drive({
    log: world.eventLog,
    speed: 'max',
    seed: 0,
    callIds: new Set(byId.keys()),
    calls,
    append: async (messages) => {
      for (const { atMs, record } of messages) world.advance((byId.get(record.key)?.timeZeroMs ?? 0) + atMs)
      const restart = restarts.find(({ callId, atMs }) => messages.some((message) => message.record.key === callId && message.atMs >= atMs))
      if (restart === undefined) return append(messages)
      restarts.splice(restarts.indexOf(restart), 1)
      await world.restart(async () => {
        if (restart.losesLog) {
          await told.readOn()
          await world.loseLog()
        }
        await append(messages)
      })
    },
    onEnd: () => undefined,
    clock: systemClock,
    patienceMs: PATIENCE_MS,
    idleEndMs: (call) => (noticed.has(call.plan.callId) ? null : (idleEnds.get(call.plan.callId) ?? 120_000)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return { simulated: calls, told }
}

function silences(wave: readonly Staged[]): { callId: string; atMs: number }[] {
  return wave.flatMap(({ scenario, ids }) => silencesOf(scenario).map(({ call, atMs }) => ({ callId: ids.callId(call), atMs })))
}

/** Lets time pass until the recorder must have noticed that calls are silent. Throws when it has not. */
async function letNotice(world: VirtualWorld, wave: readonly Staged[], calls: readonly SimulatedCall[], told: Told): Promise<void> {
  for (const { callId, atMs } of silences(wave)) {
    await world.pass((calls.find(({ plan }) => plan.callId === callId)?.timeZeroMs ?? 0) + atMs)
    await told.readOn()
    // Time that is over for a gate or a prompt says nothing of the call.
    const last = told.of(callId).findLast(({ type }) => type === 'call.fell-silent' || type === 'call.went-on')
    if (last?.type !== 'call.fell-silent') throw new Error(`the recorder has not noticed by ${writeCallTime(atMs)} that call ${callId} is silent`)
  }
}

/** Every call was answered for; now what became of it is written down, which the store's answers may still keep. */
async function closed(world: VirtualWorld, calls: readonly SimulatedCall[]): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS
  for (const { plan } of calls)
    while ((await callStatus(world.catalog, plan.callId)) === 'open') {
      if (performance.now() > deadlineMs)
        throw new Error(`call ${plan.callId} was not closed within ${PATIENCE_MS / 1_000} s: the recorder never came to an end with it`)
      await turn()
    }
}
