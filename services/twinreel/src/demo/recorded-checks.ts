import { checkPrompts } from '@twinreel/oracle/check-prompts'
import { checkRecordings, type CheckOptions } from '@twinreel/oracle/check-recordings'
import { checkUnrecorded } from '@twinreel/oracle/check-unrecorded'
import { changed, filesBelow, type Files } from '@twinreel/oracle/files'
import { expand } from '@twinreel/oracle/companding'
import { promptSearch } from '@twinreel/oracle/prompt-search'
import { promptWaveforms } from '@twinreel/oracle/prompt-waveforms'
import { readSpoken, readTruth } from '@twinreel/oracle/truth-files'
import { unrecordedAudio } from '@twinreel/oracle/unrecorded'
import { mixedIn, oneSampleLate, withBytes } from './spoil.ts'
import type { Check } from './verdict.ts'

/** What is checked and spoiled. */
export interface Evidence extends CheckOptions {
  dataDir: string
  /** A recording with a pause in it, to be spoiled: its first object, and what was said in the pause. */
  victim: Victim
}

export interface Victim {
  recordingId: string
  callId: string
  key: string
  wav: Uint8Array
  /** 40 ms of one stream, as sent, and as linear samples. */
  paused: Uint8Array
  pausedLinear: Uint8Array
}

const LEAK_MS = 40
const SAID = 'holds what was said'

/** `pausedAtMs`: a moment of call time within the recording's pause. */
export async function victimOf(
  evidence: { truthDir: string; objects: Files; recordings: CheckOptions['recordings'] },
  callId: string,
  pausedAtMs: number,
): Promise<Victim> {
  const { truthDir, objects, recordings } = evidence
  const recordingId = recordings.find((recording) => recording.callId === callId)?.recordingId ?? ''
  const key = (await objects.list()).find((path) => path.endsWith(`/${recordingId}/00000.wav`)) ?? ''
  const wav = await objects.read(key)
  const stream = (await readTruth(truthDir, callId)).streams[0]
  if (wav === null || stream === undefined || stream.codec === 'L16') throw new Error(`call ${callId} has no recording to spoil`)
  const from = (pausedAtMs * stream.sampleRateHz) / 1_000
  const paused = (await readSpoken(truthDir, stream)).subarray(from, from + (LEAK_MS * stream.sampleRateHz) / 1_000)
  return { recordingId, callId, key, wav, paused, pausedLinear: new Uint8Array(expand(paused, stream.codec).buffer) }
}

export function exactness(evidence: Evidence): Check {
  const { objects, recordings, victim } = evidence
  const { recordingId, callId, key, wav } = victim
  const on = (changes: [string, Uint8Array | null][]) => checkRecordings({ ...evidence, objects: changed(objects, new Map(changes)), callIds: [callId] })
  return {
    claim: 'every recording is, sample by sample, what was spoken (near end left, far end right); none is missing, none is too many',
    spoiled: [
      { what: 'one channel is a sample late', recordingId, saying: 'something else on the left', find: () => on([[key, oneSampleLate(wav, 8_000)]]) },
      { what: 'a segment is missing', recordingId, saying: 'is missing', find: () => on([[key, null]]) },
      { what: 'a segment is too many', recordingId, saying: 'too many', find: () => on([[key.replace('00000', '00009'), wav]]) },
      {
        what: 'a recording belongs to nobody',
        recordingId: null,
        saying: 'belong to no recording',
        find: () => checkRecordings({ ...evidence, recordings: recordings.filter((other) => other.recordingId !== recordingId) }),
      },
    ],
    find: () => checkRecordings(evidence),
  }
}

export async function promptFreedom({ objects, victim }: Evidence): Promise<Check> {
  const waveforms = await promptWaveforms()
  const search = promptSearch(waveforms)
  const keys = (await objects.list()).filter((key) => key.endsWith('.wav'))
  const spoiled = (sound: Int16Array) => changed(objects, new Map([[victim.key, mixedIn(victim.wav, 16_000, sound)]]))
  return {
    claim: 'no prompt is heard in any recording',
    spoiled: waveforms.map(({ name, samples }) => ({
      what: `“${name}” is mixed in`,
      saying: `“${name}”`,
      recordingId: victim.recordingId,
      find: () => checkPrompts({ objects: spoiled(samples), keys: [victim.key], search }),
    })),
    find: () => checkPrompts({ objects, keys, search }),
  }
}

/** `survives`, when given, says which recordings retention left: of the others nothing may be found either. */
export async function silenceAboutTheRest(
  evidence: Evidence,
  options: { claim: string; survives?: NonNullable<Parameters<typeof unrecordedAudio>[0]['survives']> },
): Promise<Check> {
  const { truthDir, dataDir, victim } = evidence
  const files = filesBelow(dataDir)
  const unrecorded = await unrecordedAudio({ truthDir, ...(options.survives === undefined ? {} : { survives: options.survives }) })
  // The log is the one place that holds everything, for as long as it is kept; the truth is the simulator's, not the recorder's.
  const paths = (await files.list()).filter((path) => !path.startsWith('log.db') && !path.startsWith('truth/'))
  const catalog = (await files.read('catalog.db')) ?? new Uint8Array()
  const on = (path: string, bytes: Uint8Array) => checkUnrecorded({ files: changed(files, new Map([[path, bytes]])), paths: [path], unrecorded })
  const key = `objects/${victim.key}`
  return {
    claim: options.claim,
    spoiled: [
      {
        what: `${LEAK_MS} ms of a pause stand in a recording`,
        recordingId: victim.recordingId,
        saying: SAID,
        find: () => on(key, withBytes(victim.wav, 4_321, victim.paused)),
      },
      {
        what: `${LEAK_MS} ms of a pause stand in the catalog`,
        recordingId: null,
        saying: SAID,
        find: () => on('catalog.db', Buffer.concat([catalog, victim.paused])),
      },
      {
        what: `${LEAK_MS} ms of a pause lie in a forgotten file, as linear samples`,
        recordingId: null,
        saying: SAID,
        find: () => on('forgotten.pcm', Buffer.concat([Buffer.alloc(5), victim.pausedLinear])),
      },
    ],
    find: () => checkUnrecorded({ files, paths, unrecorded }),
  }
}
