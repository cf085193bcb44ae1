import { DEFAULT_SETTINGS, type Settings } from '@twinreel/recording/settings'
import { createRandom } from '../engine/random.ts'
import { createSim } from '../engine/sim.ts'
import type { Sim } from '../engine/types.ts'
import { checkAll } from '../check/check-all.ts'
import { administratorOf, type Administrator } from './administrator.ts'
import { ambush } from './ambush.ts'
import { drawWorld, type WorldPlan } from './draw-world.ts'
import type { Evidence, RetentionRun, TrueCall, Violation } from './evidence.ts'
import { markedSpeech } from './marked-speech.ts'
import { mishaps } from './mishaps.ts'
import { observe, type Observed } from './observer.ts'
import { playCalls } from './platform.ts'
import { reconcileOnce } from './reconciling.ts'
import { confirmAll, secondMonth } from './second-month.ts'
import { recordersOf } from './recorders.ts'
import { runOnce } from './retention.ts'
import { totalsOf, type Totals } from './totals.ts'
import { withSettingsInForce } from './settings-in-force.ts'
import { overdue, unsettled, type Open } from './quiet.ts'
import { trouble } from './trouble.ts'
import { trueCall } from './true-call.ts'

export interface SeedResult {
  seed: number
  violations: readonly Violation[]
  traceHash: string
  fired: Readonly<Record<string, number>>
  totals: Totals
}

const START_MS = Date.UTC(2026, 0, 5, 9)
const DAY_MS = 24 * 3_600_000
const RUNS_AT_LAST = 3
/** Calls are over and the first faults have stopped: from then on everything must come to rest in this time, but for calls of which the log lost the answer. */
const CONVERGE_MS = 10 * 60_000

/** One seed's world from its first call to the day, weeks later, when all is quiet, and what is wrong with it then. */
export async function runSeed(
  seed: number,
  options: { onTrace?(line: string): void; onEvidence?(evidence: Evidence): void | Promise<void>; isJudged?: boolean } = {},
): Promise<SeedResult> {
  const draft = drawWorld(seed, createRandom(seed, 'world'))
  const sim = await createSim({
    seed,
    startMs: START_MS,
    partitions: draft.partitions,
    form: draft.form,
    conditionalWrites: draft.conditionalWrites,
    keepsVersions: draft.keepsVersions,
    ...(options.onTrace === undefined ? {} : { onTrace: options.onTrace }),
  })
  try {
    const evidence = await sim.run(() => live(sim, draft), { mostMs: 120 * DAY_MS })
    await options.onEvidence?.(evidence)
    const violations = [...evidence.early, ...(options.isJudged === false ? [] : await checkAll(evidence))]
    return { seed, violations, traceHash: sim.trace.hash(), fired: Object.fromEntries(sim.faults.fired), totals: totalsOf(evidence) }
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const none = { calls: 0, recordings: 0, segments: 0, purged: 0, capturedMs: 0, lives: 0 }
    return { seed, violations: [{ check: 'ran', message }], traceHash: sim.trace.hash(), fired: Object.fromEntries(sim.faults.fired), totals: none }
  } finally {
    sim.close()
  }
}

async function live(sim: Sim, world: WorldPlan): Promise<Evidence & { early: readonly Violation[] }> {
  const administrator = administratorOf(sim, world)
  const observed = observe(sim, administrator)
  ambush(sim, world, observed.takeovers)
  const speech = markedSpeech(sim.seed)
  const recorders = recordersOf(sim, world)
  const calls: TrueCall[] = []
  const runs: RetentionRun[] = []
  const early = observed.violations
  const look = (): Open[] => unsettled(sim, calls, observed.trimmed)

  await administrator.begin()
  for (const [number, plans] of world.calls.entries()) {
    if (plans.length === 0) continue
    recorders.start()
    await sim.time.wait(sim.random(`calls ${number}`).whole(0, 3_000))
    const settings = settingsOf(world, administrator)
    const troubled = trouble(sim, world, { recorders, number, administrator })
    await play(sim, world, { number, speech, onCall: (call) => calls.push(call), settings })
    await troubled
    await sim.time.wait(Math.max(0, sim.faults.quietFromMs - sim.time.now()))
    const left = await overdue(look, sim.time, CONVERGE_MS)
    if (left.length > 0) early.push({ check: 'liveness', message: `${CONVERGE_MS / 1_000} s after the last fault: ${left.join('; ')}` })
    await recorders.stop()
    if (number === 0) await weeks(sim, world, { administrator, runs, observed })
  }
  const limits = await secondMonth(sim, world, { administrator, runs, early })
  for (let run = 0; run < RUNS_AT_LAST; run++) {
    await sim.time.wait(DAY_MS / 24)
    await runOnce(sim, runs, { name: `retention at last ${run}`, mayDie: false, limits })
    if (run < RUNS_AT_LAST - 1) await confirmAll({ sim, administrator, early, limits })
  }
  recorders.start()
  const left = await overdue(look, sim.time, CONVERGE_MS)
  if (left.length > 0) early.push({ check: 'liveness', message: `at the end: ${left.join('; ')}` })
  await recorders.stop()
  return {
    seed: sim.seed,
    world,
    calls: calls.map((call) => withSettingsInForce(call, world, sim.truth)),
    speech,
    truth: sim.truth,
    catalog: sim.truth.catalog,
    ...observed,
    acts: administrator.acts,
    runs,
    nowMs: sim.time.now(),
    lives: recorders.stats().lives,
    early,
  }
}

/** Retention runs once a day or so, an administrator does this and that, now and then both at once. */
async function weeks(
  sim: Sim,
  world: WorldPlan,
  { administrator, runs, observed }: { administrator: Administrator; runs: RetentionRun[]; observed: Observed },
): Promise<void> {
  const random = sim.random('weeks')
  for (let day = 1; day <= world.days;) {
    // Somebody forgets to run it, now and then, for a day or two.
    const days = random.pick([1, 1, 2, 3])
    day += days
    await sim.time.wait(days * DAY_MS - random.whole(0, 3_600_000))
    await mishaps(sim, world, runs, observed.puts, day)
    if (random.chance(0.5)) sim.faults.again(30_000)
    const work: Promise<unknown>[] = [runOnce(sim, runs, { name: `retention ${day}`, mayDie: true })]
    if (random.chance(0.1)) {
      sim.faults.count('two-retentions')
      work.push(runOnce(sim, runs, { name: `retention ${day} beside it`, mayDie: true }))
    }
    if (random.chance(0.3)) work.push(administrator.act())
    work.push(administrator.saveAtLast(day))
    if (sim.random(`reconcile ${day}`).chance(0.1)) work.push(reconcileOnce(sim, world, observed, `reconcile ${day}`))
    await Promise.all(work)
  }
}

async function play(
  sim: Sim,
  world: WorldPlan,
  {
    number,
    speech,
    onCall,
    settings,
  }: { number: number; speech: ReturnType<typeof markedSpeech>; onCall(call: TrueCall): void; settings: ReadonlyMap<string, Settings> },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    sim.spawn({
      name: `platform ${number}`,
      kind: 'platform',
      main: (given) =>
        playCalls(given, {
          sim,
          seed: sim.seed,
          plans: world.calls[number] ?? [],
          faults: world.transport,
          speech,
          random: sim.random(`publisher ${number}`),
          restartChance: world.publisherRestartChance,
          onCall: (call) => onCall(trueCall(call, settings)),
        }),
      onEnd: (why) => (why.kind === 'failed' ? reject(why.error) : resolve()),
    })
  })
}

/** By what was entered and what was switched off since; nobody does either while calls are made. */
function settingsOf(world: WorldPlan, { acts }: Administrator): Map<string, Settings> {
  const off = new Set(acts.flatMap(({ act }) => (act.kind === 'off' ? [act.userId] : [])))
  const users = world.organizations.flatMap((people) => people.users)
  return new Map(users.map(({ userId, settings }) => [userId, off.has(userId) ? DEFAULT_SETTINGS : settings]))
}
