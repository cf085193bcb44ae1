import { checkRecording, type KnownRecording } from './check-recording.ts'
import { heardStream, type HeardStream } from './call-audio.ts'
import { DEFAULT_RULES, expectedRecordings, type ExpectedRecording, type OracleRules } from './expected-recordings.ts'
import type { Files } from './files.ts'
import type { Finding } from './finding.ts'
import { pressedGuesses } from './pressed.ts'
import { readSpoken, readTruth, trueCallIds, type Truth } from './truth-files.ts'

export interface CheckOptions {
  /** What `simulate --truth` wrote. */
  truthDir: string
  /** The object store's objects, by key. */
  objects: Files
  /** Every recording that anybody claims there is, provisional and purged ones too: which id stands for which call, owner and ordinal. */
  recordings: readonly KnownRecording[]
  rules?: Partial<OracleRules>
  /** Ids of recordings that retention should have deleted: not looked at. */
  gone?: ReadonlySet<string>
  /** Only these calls; by default all of which there is a truth. */
  callIds?: readonly string[]
}

/**
 * Every recording that ought to be there is, sample by sample what was spoken (left the owner, right everybody else), and there is no other.
 * What ought to be there follows from the truth files alone. One finding per wrong object.
 */
export async function checkRecordings(options: CheckOptions): Promise<Finding[]> {
  const { truthDir, recordings, gone = new Set() } = options
  const rules = { ...DEFAULT_RULES, ...options.rules }
  const callIds = options.callIds ?? (await trueCallIds(truthDir))
  const byPrefix = Map.groupBy(await options.objects.list(), (key) => key.slice(0, key.lastIndexOf('/') + 1))
  const known = recordings.filter(({ recordingId }) => !gone.has(recordingId))
  const findings: Finding[] = []
  for (const callId of callIds) {
    const truth = await readTruth(truthDir, callId)
    const streams = await Promise.all(truth.streams.map(async (stream) => heardStream(truth, stream, await readSpoken(truthDir, stream))))
    const ofCall = known.filter((recording) => recording.callId === callId)
    const isGone = (one: ExpectedRecording): boolean => recordings.some((other) => gone.has(other.recordingId) && isSame(one, other))
    findings.push(...(await checkCall({ truth, streams, objects: options.objects, byPrefix, rules, known: ofCall }, { isGone })))
  }
  return options.callIds === undefined ? [...findings, ...strayObjects(byPrefix, recordings)] : findings
}

/** What there is to hold against the truth of one call. */
export interface CallEvidence {
  truth: Truth
  /** Each of the truth's streams with what was spoken on it. */
  streams: readonly HeardStream[]
  objects: Files
  /** Keys by everything up to their last slash. */
  byPrefix: ReadonlyMap<string, readonly string[]>
  rules: OracleRules
  /** Every recording that anybody claims there is of this call. */
  known: readonly KnownRecording[]
}

/**
 * The recordings of one call, as `checkRecordings` does it for many; `isGone` says of which retention left nothing. With events as the log told them
 * (`logReader`) nothing has to be guessed.
 */
export async function checkCall(
  evidence: CallEvidence,
  {
    isGone = () => false,
    guesses = pressedGuesses(evidence.truth),
  }: { isGone?(recording: ExpectedRecording): boolean; guesses?: Iterable<ReadonlyMap<string, number>> } = {},
): Promise<Finding[]> {
  const { truth, known, rules } = evidence
  let first: Finding[] | null = null
  for (const pressedMs of guesses) {
    const expected = expectedRecordings(truth, rules, pressedMs).filter((one) => !isGone(one))
    const findings = unexpected(expected, evidence)
    for (const one of expected)
      findings.push(
        ...(await checkRecording(
          one,
          known.find((other) => isSame(one, other)),
          evidence,
        )),
      )
    if (findings.length === 0) return []
    first ??= findings
  }
  return first ?? []
}

function isSame(expected: ExpectedRecording, known: KnownRecording): boolean {
  return expected.callId === known.callId && expected.ownerId === known.ownerId && expected.ordinal === known.ordinal
}

/** Recordings that somebody claims, and that ought not to be. One with nothing in it is nothing. */
function unexpected(expected: readonly ExpectedRecording[], { truth, known, byPrefix }: CallEvidence): Finding[] {
  return known
    .filter(
      (recording) => !expected.some((one) => isSame(one, recording)) && [...byPrefix.keys()].some((prefix) => prefix.includes(`/${recording.recordingId}/`)),
    )
    .map(({ recordingId, ownerId, ordinal }) => ({
      recordingId,
      callId: truth.callId,
      atMs: null,
      message: `nothing should have been recorded here: number ${ordinal} of ${ownerId}`,
    }))
}

/** Objects of no recording that anybody knows. */
function strayObjects(byPrefix: ReadonlyMap<string, readonly string[]>, recordings: readonly KnownRecording[]): Finding[] {
  const known = new Set(recordings.map(({ recordingId }) => recordingId))
  return (
    [...byPrefix]
      // What is told of accounts and deletions is no recording, and is looked through with all other files for what must be nowhere.
      .filter(([prefix]) => prefix !== 'journal/' && !known.has(prefix.split('/').at(-2) ?? ''))
      .map(([prefix, keys]) => ({
        recordingId: null,
        callId: null,
        atMs: null,
        message: `${keys.length} objects below ${prefix || 'no prefix'} belong to no recording`,
      }))
  )
}
