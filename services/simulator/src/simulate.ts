import type { MediaKey } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import type { EventLog } from '@twinreel/event-log/port'
import { createAppender } from './appender.ts'
import { systemClock, type WaitingClock } from './clock.ts'
import { drive } from './drive.ts'
import { faultsSchema, type Faults } from './faults.ts'
import { awaitOutcomes, firstKnownCall, type ExpectedOutcome } from './outcomes.ts'
import { enterPeople, knownSettings, type People } from './people.ts'
import { parsePlan, PlanError, type CallPlanInput } from './plan.ts'
import { emptyTally, rounded, tally, type SimulationReport } from './report.ts'
import { createSimulatedCall, type Setting, type SimulatedCall } from './simulated-call.ts'
import type { Speaker } from './speech.ts'
import { createTruthWriter } from './truth-writer.ts'
import { openVoices, readPromptLengths } from './voices.ts'

export interface Progress {
  phase: 'calls' | 'ledger'
  done: number
  calls: number
}

export interface SimulateOptions {
  /** Its topics exist already. */
  log: EventLog
  catalog: Catalog
  plans: readonly CallPlanInput[]
  /** Entered into the catalog first. Without, the catalog already knows whoever is to be known. */
  people?: People
  speed: 'real' | 'max'
  faults?: Partial<Faults>
  seed: number
  /** Dates the calls, milliseconds UTC. By default now in real time, and a fixed day in lockstep, so that nothing hangs on the calendar. */
  startMs?: number
  truthDir?: string
  clock?: WaitingClock
  /** The recorder's idle end, for calls that vanish. Default 120. */
  idleEndSeconds?: number
  /** How long to wait without any progress of the recorder. Default 30,000. */
  patienceMs?: number
  /** By call id: whose media is encrypted, and under which key. */
  mediaKeys?: ReadonlyMap<string, MediaKey>
  /** Speaks on every stream instead of the recorded voices. */
  speaker?: Speaker
  /** Hears of each call when it is over. */
  onCall?(call: SimulatedCall): void
  onProgress?(progress: Progress): void
  signal?: AbortSignal
}

/** A call of the plan was here before: on this catalog the seed is used up. */
export class AlreadySimulatedError extends Error {
  constructor(seed: number, callId: string) {
    super(`seed ${seed} was simulated here before: the catalog knows call ${callId}; choose another seed or an empty data directory`)
    this.name = 'AlreadySimulatedError'
  }
}

/** Monday, 6 January 2025, 09:00 UTC. */
const FIXED_START_MS = Date.UTC(2025, 0, 6, 9)

/**
 * A platform with calls: appends them to the log, obeys the recorder's commands, and resolves when every call is closed and stands in
 * the ledger of every known user in it. Throws `PlanError` and `AlreadySimulatedError` before anything is appended, and `NoRecorderError`.
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const { log, catalog, seed, speed, clock = systemClock, patienceMs = 30_000, idleEndSeconds = 120, onProgress = () => {} } = options
  const plans = options.plans.map(parsePlan).toSorted((a, b) => a.startAfterMs - b.startAfterMs)
  const callIds = new Set(plans.map(({ callId }) => callId))
  if (callIds.size < plans.length) throw new PlanError(`${plans.length} plans are of only ${callIds.size} calls: each needs a call id of its own`)
  const knownCall = await firstKnownCall(catalog, callIds)
  if (knownCall !== null) throw new AlreadySimulatedError(seed, knownCall)
  if (options.people !== undefined) await enterPeople(catalog, options.people)
  const users = await knownSettings(catalog, new Set(plans.map(({ orgId }) => orgId)))

  const truth = createTruthWriter(options.truthDir, new Map([...users].map(([userId, { settings }]) => [userId, settings])))
  const expected: ExpectedOutcome[] = []
  const audio = emptyTally()
  const onEnd = (call: SimulatedCall): void => {
    const { callId, orgId } = call.plan
    truth.write(call)
    tally(audio, call)
    options.onCall?.(call)
    expected.push({ callId, userIds: [...call.platform.users].filter((userId) => users.get(userId)?.orgId === orgId) })
    onProgress({ phase: 'calls', done: expected.length, calls: plans.length })
  }

  const setting = settingOf(options, clock)
  const calls = plans.values().map((plan) => createSimulatedCall(plan, setting))
  const { append, counts } = createAppender(log, clock)
  const optionalSignal = options.signal === undefined ? {} : { signal: options.signal }
  await drive({ log, speed, seed, callIds, calls, append, onEnd, clock, patienceMs, idleEndMs: () => idleEndSeconds * 1_000, ...optionalSignal })
  await truth.written()
  await awaitOutcomes({
    catalog,
    expected,
    clock,
    // In real time the recorder itself waits that long before it ends a call that fell silent.
    patienceMs: patienceMs + (speed === 'real' && audio.lostEnds > 0 ? idleEndSeconds * 1_000 : 0),
    onProgress: (done) => onProgress({ phase: 'ledger', done, calls: plans.length }),
    ...optionalSignal,
  })
  return { seed, calls: plans.length, ...counts, ...rounded(audio), outcomes: expected.reduce((sum, { userIds }) => sum + userIds.length, 0) }
}

function settingOf({ seed, speed, faults = {}, startMs, speaker, mediaKeys }: SimulateOptions, clock: WaitingClock): Setting {
  return {
    seed,
    startMs: startMs ?? (speed === 'max' ? FIXED_START_MS : clock.now()),
    faults: faultsSchema.parse(faults),
    voices: openVoices(),
    speaker: speaker ?? null,
    ...(mediaKeys === undefined ? {} : { mediaKeys }),
    promptLengthsMs: readPromptLengths(),
    awaits: speed === 'max',
  }
}
