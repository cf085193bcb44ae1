import { checkCall } from '@twinreel/oracle/check-recordings'
import type { TrueEvent } from '@twinreel/oracle/truth-files'
import { DEFAULT_RULES } from '@twinreel/oracle/expected-recordings'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { CallPlan } from '@twinreel/simulator/plan'
import { stampedMs } from '@twinreel/simulator/simulated-call'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { Scenario } from '../language/scenario.ts'
import type { ExpectationResult } from '../result.ts'
import { folderOf } from './object-keys.ts'
import type { Evidence } from './evidence.ts'
import { oracleTruth, type TrueCall } from './true-audio.ts'

const EXACT = 'every recording is, sample by sample, what was said (left the user, right everybody else), and there is no other'

/**
 * The oracle's word on a call, whose recordings and the store's keys these are: nothing to say is one thing met; by recording id, and under `null` what concerns no recording.
 */
export async function judgeExactness(
  scenario: Scenario,
  { truth, streams, events, plan }: TrueCall & { events: readonly TrueEvent[]; plan: CallPlan },
  { recordings, keys }: Pick<Evidence, 'recordings' | 'keys'>,
  store: ObjectStore,
): Promise<ReadonlyMap<string | null, ExpectationResult[]>> {
  // As the platform's clock showed them: so they stand in the log.
  const prompts = truth.prompts.map(({ kind, fromMs, toMs }) => ({ kind, fromMs: stampedMs(plan, fromMs), toMs: stampedMs(plan, toMs) }))
  const evidence = {
    truth: { ...oracleTruth(truth), events, prompts, endLost: false },
    streams,
    objects: { list: async () => [...keys], read: (key: string) => store.get(key) },
    byPrefix: Map.groupBy(keys, folderOf),
    rules: {
      ...DEFAULT_RULES,
      ...(scenario.rules.segmentSeconds === undefined ? {} : { segmentMs: scenario.rules.segmentSeconds * 1_000 }),
      ...(scenario.rules.recordEmergency === undefined ? {} : { recordEmergency: scenario.rules.recordEmergency }),
    },
    known: recordings.map(({ recordingId, callId, ownerId, ordinal }) => ({ recordingId, callId, ownerId, ordinal })),
  }
  const findings = await checkCall(evidence, { guesses: [new Map()] })
  if (findings.length === 0) return new Map([[null, [{ met: true, about: 'audio', line: null, expected: EXACT, got: EXACT, atMs: null, differenceWav: null }]]])
  return Map.groupBy(findings, ({ recordingId }) => recordingId)
    .entries()
    .reduce(
      (all, [recordingId, own]) =>
        all.set(
          recordingId,
          own.map(({ atMs, message }) => missedExactness(atMs, message)),
        ),
      new Map<string | null, ExpectationResult[]>(),
    )
}

/** One thing that is not as it had to be recorded. */
export function missedExactness(atMs: number | null, message: string): ExpectationResult {
  const got = `${atMs === null ? '' : `at ${writeCallTime(atMs)}: `}${message}`
  return { met: false, about: 'audio', line: null, expected: EXACT, got, atMs, differenceWav: null }
}
