import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { mediaKeysFor, type WrappingKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import { systemClock } from '@twinreel/service/clock'
import { generatePlans } from '@twinreel/simulator/generate'
import { firstKnownCall } from '@twinreel/simulator/outcomes'
import { AlreadySimulatedError, simulate, type Progress as SimulationProgress } from '@twinreel/simulator/simulate'
import { makeDataDir } from './catalog-file.ts'
import { usageError } from './command-error.ts'
import { openPlace } from './engines.ts'
import { EXIT } from './exit-codes.ts'
import { makeDirectory } from './make-directory.ts'
import { facts, type Output } from './output.ts'
import { nameOf, type Place } from './place.ts'
import { waitForRecorder } from './wait-for-recorder.ts'

export interface SimulateRequest {
  seed: number
  calls: number
  users: number
  speed: 'real' | 'max'
  callSeconds: number
  loss: number
  duplicate: number
  reorder: number
  lostEnd: number
  start?: number
  truth?: string
  /** Wraps the calls' keys, if their media is to be encrypted. */
  wrapping: WrappingKeys | null
}

const RECORDER_WITHIN_MS = 30_000

/** A platform with generated calls on the log of a place where a recorder runs. Reports when all of them have their outcome. */
export async function runSimulation(place: Place, output: Output, request: SimulateRequest): Promise<number> {
  const { seed, calls, users, callSeconds, speed, loss, duplicate, reorder, lostEnd, start, truth, wrapping } = request
  const { plans, people } = plansOf({ seed, calls, users, callSeconds })
  const progress = output.progress()
  if (place.kind === 'embedded') makeDataDir(place.dataDir)
  if (truth !== undefined) await makeTruthDir(truth)
  const engines = await openPlace(place)
  try {
    const { catalog, eventLog } = engines
    const known = await firstKnownCall(
      catalog,
      plans.map(({ callId }) => callId),
    )
    if (known !== null) throw new AlreadySimulatedError(seed, known)
    // Calls that nobody records must not lie in the log, where the next recorder would find half of them.
    await waitForRecorder(place, {
      clock: systemClock,
      withinMs: RECORDER_WITHIN_MS,
      onWait: () => progress.update(`waiting for a recorder on ${nameOf(place)}`),
    })
    const startedMs = systemClock.now()
    const callIds = plans.map(({ callId }) => callId)
    const report = await simulate({
      log: eventLog,
      catalog,
      plans,
      people,
      speed,
      seed,
      faults: { loss, duplicate, reorder, lostEnd },
      patienceMs: RECORDER_WITHIN_MS,
      onProgress: (at) => progress.update(describe(at)),
      ...(start === undefined ? {} : { startMs: start }),
      ...(truth === undefined ? {} : { truthDir: truth }),
      ...(wrapping === null ? {} : { mediaKeys: await mediaKeysFor(catalog, wrapping, callIds) }),
    })
    const { audioSeconds, ...counts } = report
    const found = await outcomesOf(catalog, people.orgId)
    const result = { ...counts, audioMinutes: rounded(audioSeconds / 60), ...found, seconds: rounded((systemClock.now() - startedMs) / 1_000) }
    progress.end()
    const { recorded, excluded, failed } = found
    await output.document(
      result,
      facts([
        ['calls', result.calls],
        ['messages', result.messages],
        ['audio minutes', result.audioMinutes],
        ['outcomes', `${result.outcomes}: ${recorded} recorded, ${excluded} excluded, ${failed} failed`],
        ['seconds', result.seconds],
      ]),
    )
    return EXIT.done
  } finally {
    progress.end()
    await engines.close()
  }
}

/** Before anything is written: a simulation that can't say what happened would use up its seed. */
async function makeTruthDir(path: string): Promise<void> {
  try {
    makeDirectory(path)
    await access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw usageError(
      `--truth ${path} is no directory to write to: ${error instanceof Error ? error.message : String(error)}`,
      'name another directory; it is made if it is missing',
    )
  }
}

function plansOf(options: { seed: number; calls: number; users: number; callSeconds: number }): ReturnType<typeof generatePlans> {
  try {
    return generatePlans(options)
  } catch (error) {
    if (error instanceof RangeError) throw usageError(error.message)
    throw error
  }
}

async function outcomesOf(catalog: Catalog, orgId: string): Promise<{ recorded: number; excluded: number; failed: number }> {
  const rows = await catalog.db
    .selectFrom('ledger')
    .select((eb) => ['outcome', eb.fn.countAll().as('count')])
    .where('org_id', '=', orgId)
    .groupBy('outcome')
    .execute()
  const count = (outcome: string): number => Number(rows.find((row) => row.outcome === outcome)?.count ?? 0)
  return { recorded: count('recorded'), excluded: count('excluded'), failed: count('failed') }
}

function describe({ phase, done, calls }: SimulationProgress): string {
  switch (phase) {
    case 'calls':
      return `${done} of ${calls} calls are over`
    case 'ledger':
      return `${done} of ${calls} calls have their outcome`
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
