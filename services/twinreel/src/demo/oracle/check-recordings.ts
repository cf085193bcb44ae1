import { checkRecording, type KnownRecording } from './check-recording.ts'
import { heardStream } from './call-audio.ts'
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
    const ofCall = known.filter((recording) => recording.callId === callId)
    findings.push(...(await checkCall({ truthDir, objects: options.objects, byPrefix, rules }, callId, ofCall, gone, recordings)))
  }
  return options.callIds === undefined ? [...findings, ...strayObjects(byPrefix, recordings)] : findings
}

interface Place {
  truthDir: string
  objects: Files
  byPrefix: ReadonlyMap<string, readonly string[]>
  rules: OracleRules
}

async function checkCall(
  place: Place,
  callId: string,
  known: readonly KnownRecording[],
  gone: ReadonlySet<string>,
  all: readonly KnownRecording[],
): Promise<Finding[]> {
  const truth = await readTruth(place.truthDir, callId)
  const streams = await Promise.all(truth.streams.map(async (stream) => heardStream(truth, stream, await readSpoken(place.truthDir, stream))))
  let first: Finding[] | null = null
  for (const pressedMs of pressedGuesses(truth)) {
    const expected = expectedRecordings(truth, place.rules, pressedMs).filter((one) => !all.some((other) => gone.has(other.recordingId) && isSame(one, other)))
    const findings = unexpected(truth, expected, known, place)
    for (const one of expected)
      findings.push(
        ...(await checkRecording(
          one,
          known.find((other) => isSame(one, other)),
          { ...place, streams },
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
function unexpected(truth: Truth, expected: readonly ExpectedRecording[], known: readonly KnownRecording[], { byPrefix }: Place): Finding[] {
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
