import type { ObjectStore } from '@twinreel/object-store/port'
import { recordingPrefix } from '@twinreel/recording/keys'
import type { Settings } from '@twinreel/recording/settings'
import type { TrueEvent } from '@twinreel/oracle/truth-files'
import type { SimulatedCall } from '@twinreel/simulator/simulated-call'
import type { ScenarioIds } from '../compile/ids.ts'
import type { CompiledCall } from '../compile/plan.ts'
import type { OwnerFact } from '../language/expected-lines.ts'
import { restartsOf, type ExpectedCall, type ExpectedOwner, type Scenario, type Tolerances } from '../language/scenario.ts'
import type { CallResult, ExpectationResult, OwnerResult, RecordingResult, ScenarioResult } from '../result.ts'
import { rerunCommand, type Recorder } from '../report/rerun-command.ts'
import type { Golden } from '../update.ts'
import { callResult, recordingsOf } from './call-result.ts'
import type { Evidence, FoundRecording } from './evidence.ts'
import { callFacts, ownerFacts } from './facts.ts'
import { judgeExactness, missedExactness } from './judge-audio.ts'
import { dueText, judgeOwner, outcomeText } from './judge-owner.ts'
import { matchFacts } from './match-facts.ts'
import { withPromptKinds } from './prompt-kinds.ts'
import { differenceWriter } from './difference-wav.ts'
import { judgeClaims } from './judge-claims.ts'
import { judgeTotals } from './judge-totals.ts'
import { withMissingAudio, withWrongAudio } from './heard-differences.ts'
import { folderOf, strayKeys } from './object-keys.ts'
import { peaksOf, readAudioObject, readPieces, type AudioObject, type RecordedPiece } from './recorded-audio.ts'
import { bucketMsOf, loudestSamples } from './loudest-samples.ts'
import { trueCall } from './true-audio.ts'

/** A judged scenario, and what its file would say if it expected what came. */
export interface Judged {
  result: ScenarioResult
  goldens: readonly Golden[]
}

export interface Played {
  scenario: Scenario
  ids: ScenarioIds
  /** `told`: the call’s events as the log tells them. */
  calls: readonly { compiled: CompiledCall; call: SimulatedCall; told: readonly TrueEvent[] }[]
  evidence: Evidence
  store: ObjectStore
  seconds: number
  /** How far moments may differ; 0 in virtual time. */
  withinMs: number
  tolerances: Tolerances | null
  outDir: string | null
  /** `null` in virtual time. */
  recorder: Recorder | null
}

/** What came of a scenario, held against what was expected of it and against what truly happened. */
export async function judgeScenario(played: Played): Promise<Judged> {
  const judged: { result: CallResult; golden: Golden }[] = []
  for (const one of played.calls) judged.push(await judgeCall(one, played))
  const calls = withStrayObjects(
    judged.map(({ result }) => result),
    played,
  )
  const met = calls.every(({ expectations, owners }) => [...expectations, ...owners.flatMap((owner) => owner.expectations)].every((one) => one.met))
  const status = met ? 'passed' : 'failed'
  return {
    result: { ...told(played.scenario, played.recorder), status, problem: null, seconds: rounded(played.seconds), tolerances: played.tolerances, calls },
    goldens: judged.map(({ golden }) => (played.calls.length === 1 && golden.call === 'call' ? { ...golden, call: null } : golden)),
  }
}

/** Objects of no recording are told of the first call: nothing says of which they are. */
function withStrayObjects([first, ...others]: readonly CallResult[], { ids, evidence }: Played): CallResult[] {
  const keys = evidence.keys.filter((key) => key.startsWith(`recordings/${ids.orgId}/`))
  const strays = strayKeys(keys, evidence.recordings).map((key) => missedExactness(null, `${key} belongs to no recording`))
  return first === undefined ? [] : [{ ...first, expectations: [...first.expectations, ...strays] }, ...others]
}

/** A scenario that could not be run to its end. */
export function judgeBroken(scenario: Scenario, error: unknown, recorder: Recorder | null = null): Judged {
  const problem = error instanceof Error ? error.message : String(error)
  return { result: { ...told(scenario, recorder), status: 'broken', problem, seconds: 0, tolerances: null, calls: [] }, goldens: [] }
}

function told({ name, file, line, description, tags, generated, seed }: Scenario, recorder: Recorder | null) {
  const rerun = rerunCommand({ file, seed }, recorder)
  return { name, file, line, description, tags, generated: generated !== null, seed, rerun }
}

async function judgeCall(
  { compiled, call, told: toldEvents }: Played['calls'][number],
  { scenario, ids, evidence, store, withinMs, tolerances, outDir }: Played,
): Promise<{ result: CallResult; golden: Golden }> {
  const settings = new Map<string, Settings>(scenario.users.flatMap((user) => (user.settings === null ? [] : [[ids.userId(user.name), user.settings]])))
  const peaks = new Map<string, RecordingResult['peaks']>()
  const recordings = evidence.recordings.filter(({ callId }) => callId === compiled.plan.callId)
  const spoken = trueCall(call, settings, { recordings, segmentMs: (scenario.rules.segmentSeconds ?? 60) * 1_000 })
  const pieces = new Map<string, RecordedPiece[]>()
  for (const recording of recordings) {
    const read = await readPieces(store, recording)
    pieces.set(recording.recordingId, read)
    peaks.set(recording.recordingId, peaksOf(read, call.platform.clockMs))
  }
  const said = new Map(
    spoken.truth.participants.map(({ participantId }) => {
      const own = spoken.streams.filter(({ stream }) => stream.participantIds.includes(participantId))
      const sounds = own.map(({ stream, spoken: bytes }) => ({ bytes, format: stream, firstSample: stream.firstSample }))
      const lengthMs = call.platform.clockMs
      return [participantId, { bucketMs: bucketMsOf(lengthMs), levels: loudestSamples(sounds, lengthMs) }]
    }),
  )
  const result = callResult(scenario, { compiled, truth: spoken.truth, evidence, ids, peaks, said })
  const events = withPromptKinds(toldEvents, evidence.commands.get(compiled.plan.callId) ?? [])
  // What was in a lost log had to be recorded, and can't be: only the file knows how much of it.
  const exactness = restartsOf(scenario).some(({ losesLog }) => losesLog)
    ? new Map<string | null, ExpectationResult[]>()
    : await judgeExactness(scenario, { ...spoken, events, plan: compiled.plan }, { recordings, keys: evidence.keys }, store)
  const expected = compiled.call.expected
  const goldens: Golden['owners'][number][] = []
  const owners: OwnerResult[] = []
  for (const owner of result.owners) {
    const own = recordingsOf({ evidence, compiled, ids }, owner.owner)
    const facts = ownerFacts(owner, own, (participantId) => compiled.partyOf.get(participantId) ?? participantId)
    const [first] = owner.recordings
    goldens.push({ owner: owner.owner, outcome: outcomeText(owner), due: first === undefined ? null : dueText(first), facts })
    const ofOwner = expected?.owners.find((one) => one.owner === owner.owner)
    const writeDifference = differenceWriter(outDir, [scenario.name, compiled.call.name, owner.owner])
    const participants = new Set(result.parties.filter(({ userId }) => userId === ids.userId(owner.owner)).map(({ participantId }) => participantId))
    const audio = { streams: spoken.streams, isNear: (streamId: string) => participants.has(streamId), writeDifference }
    const ownPieces = own.flatMap(({ recordingId }) => pieces.get(recordingId) ?? [])
    owners.push({
      ...owner,
      expectations: [
        ...(ofOwner === undefined ? [] : judgeOwner(ofOwner, owner, facts, withinMs).map((one) => withMissingAudio(one, audio))),
        ...(expected === null ? [] : noRefusedKeys(ofOwner, facts, withinMs)),
        ...(await judgeClaims(ofOwner?.audio ?? [], {
          pieces: ownPieces,
          untold: await untoldAudio(owner.owner, { evidence, ids, store, own }),
          streams: spoken.streams,
          isNear: audio.isNear,
          partyOf: (streamId) => compiled.partyOf.get(streamId) ?? streamId,
          store,
          tolerances,
          writeDifference,
        })),
        ...own.flatMap(judgeTotals),
        ...own.flatMap(({ recordingId }) => exactness.get(recordingId) ?? []).map((one) => withWrongAudio(one, ownPieces, audio)),
      ],
    })
  }
  const absent = (expected?.owners ?? []).filter(({ owner }) => !owners.some((one) => one.owner === owner))
  const judged: CallResult = {
    ...result,
    owners,
    expectations: [
      ...judgeOfCall(expected, result, withinMs),
      ...absent.map(({ owner, outcome, line }): ExpectationResult => ({
        met: outcome?.means.outcome === 'nothing',
        about: 'outcome',
        line: outcome?.line ?? line,
        expected: outcome?.text ?? `${owner} in the call`,
        got: outcomeText({ outcome: 'nothing', reason: null }),
        atMs: null,
        differenceWav: null,
      })),
      ...[...exactness].flatMap(([recordingId, found]) => (recordings.some((one) => one.recordingId === recordingId) ? [] : found)),
    ],
  }
  return { result: judged, golden: { call: compiled.call.name, ofCall: callFacts(result), owners: goldens } }
}

/** Audio objects below the owner's name that are in no row of theirs, but for those of other calls. */
async function untoldAudio(
  owner: string,
  { evidence, ids, store, own }: Pick<Played, 'evidence' | 'ids' | 'store'> & { own: readonly FoundRecording[] },
): Promise<AudioObject[]> {
  const inRows = new Set(own.flatMap(({ segments }) => segments.map(({ key }) => key)))
  const ofOthers = new Set(evidence.recordings.filter((one) => !own.includes(one)).map(recordingPrefix))
  const keys = evidence.keys.filter(
    (key) => key.startsWith(`recordings/${ids.orgId}/${ids.userId(owner)}/`) && key.endsWith('.wav') && !inRows.has(key) && !ofOthers.has(folderOf(key)),
  )
  return (await Promise.all(keys.map((key) => readAudioObject(store, key)))).filter((object) => object !== null)
}

/** Where the file expects anything at all, what everybody hears, what is refused and what the platform is asked must stand there, unless it says otherwise. */
function judgeOfCall(expected: ExpectedCall | null, result: CallResult, withinMs: number): ExpectationResult[] {
  if (expected === null) return noDeadLetters(result)
  const { call, isWholeCall } = expected
  const options = { isComplete: isWholeCall, withinMs, about: 'call' } as const
  if (!isWholeCall || call.some(({ means }) => means.kind === 'dead-letters')) return matchFacts(call, callFacts(result), options)
  return [...matchFacts(call, callFacts({ ...result, deadLetters: [] }), options), ...noDeadLetters(result)]
}

/** Of an owner of whom no more than an outcome is told, or nothing: no key of theirs is refused. */
function noRefusedKeys(expected: ExpectedOwner | undefined, facts: readonly OwnerFact[], withinMs: number): ExpectationResult[] {
  if (expected !== undefined && (expected.timeline !== null || expected.includes !== null)) return []
  const refused = facts.filter(({ kind }) => kind === 'rejected')
  return matchFacts([], refused, { isComplete: true, withinMs, about: 'timeline' })
}

/** None of them is expected: each tells what was wrong with the message. */
function noDeadLetters({ deadLetters }: CallResult): ExpectationResult[] {
  return deadLetters.map(({ reason, detail }) => ({
    met: false,
    about: 'call',
    line: null,
    expected: null,
    got: `dead letter ${reason}: ${detail}`,
    atMs: null,
    differenceWav: null,
  }))
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000
}
