import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesPerSample, silenceByte, type Codec } from '@twinreel/media/format'
import { intersect, type IntervalSet } from '@twinreel/media/intervals'
import { l16FromNetwork } from '@twinreel/media/l16'
import { wavHeader } from '@twinreel/media/wav'
import type { Settings } from '@twinreel/recording/settings'
import type { CallPlan, PlannedParticipant } from './plan.ts'
import type { CallStream } from '@twinreel/publisher/streams'
import { audioOf, type SimulatedCall, type TrueEvent } from './simulated-call.ts'

/** What really happened in a call, told without the recorder, for whoever checks its work from outside. Times are call time, offsets the stream's samples. */
export interface CallTruth {
  callId: string
  orgId: string
  /** ISO 8601 UTC. */
  timeZero: string
  direction: CallPlan['direction']
  callType?: NonNullable<CallPlan['callType']>
  answeredBy: CallPlan['answeredBy']
  participants: { participantId: string; userId: string | null; role: string }[]
  /** Of every known user who was in the call. */
  settings: Record<string, Settings>
  events: readonly TrueEvent[]
  /** Whether the `call.ended` among the events never reached the log. */
  endLost: boolean
  prompts: { kind: string; fromMs: number; toMs: number }[]
  /** In order of time; a renegotiated stream stands here once for each of its formats. */
  streams: {
    streamId: string
    participantIds: readonly string[]
    codec: Codec
    sampleRateHz: number
    file: string
    firstSample: number
    sampleCount: number
    /** Samples lost on the way to the log. */
    dropped: IntervalSet
    /** Samples that were never sent because the call was held; the file has silence there. */
    silences: IntervalSet
  }[]
}

/** Samples in memory at a time. */
const CHUNK_SAMPLES = 262_144

/** Writes `{callId}.json` and `{callId}.{streamId}.wav` of a call that is over; `settings` by user id, of those who are known. */
export async function writeTruth(directory: string, call: SimulatedCall, settings: ReadonlyMap<string, Settings>): Promise<void> {
  await mkdir(directory, { recursive: true })
  const truth = truthOf(call, settings)
  for (const [i, stream] of call.platform.streams.entries()) await writeStream(join(directory, truth.streams[i]?.file ?? ''), call, stream)
  await writeFile(join(directory, `${call.plan.callId}.json`), `${JSON.stringify(truth, null, 1)}\n`)
}

/** The truth of a call that is over, without its audio. */
export function truthOf(call: SimulatedCall, settings: ReadonlyMap<string, Settings>): CallTruth {
  const streams: CallTruth['streams'] = []
  for (const stream of call.platform.streams) {
    const part = streams.filter(({ streamId }) => streamId === stream.streamId).length
    const file = `${call.plan.callId}.${stream.streamId}${part === 0 ? '' : `.${part + 1}`}.wav`
    const { streamId, participantIds, format, firstSample, silences } = stream
    streams.push({ streamId, participantIds, ...format, file, firstSample, sampleCount: sampleCount(stream), dropped: audioOf(call, stream).dropped, silences })
  }
  const { callId, orgId, direction, callType, answeredBy } = call.plan
  const { users, prompts } = call.platform
  const inSettings = [...users].flatMap((userId) => [settings.get(userId)].flatMap((own) => (own === undefined ? [] : [[userId, own] as const])))
  return {
    callId,
    orgId,
    timeZero: new Date(call.timeZeroMs).toISOString(),
    direction,
    ...(callType === null ? {} : { callType }),
    answeredBy,
    participants: everybodyIn(call).map(({ participantId, userId, role }) => ({ participantId, userId: userId ?? null, role })),
    settings: Object.fromEntries(inSettings),
    events: call.events,
    endLost: call.route.endIsLost,
    prompts: prompts.heard,
    streams,
  }
}

/** Those planned to join are among them only if they did, before the call ended. */
function everybodyIn({ plan, platform }: SimulatedCall): PlannedParticipant[] {
  const joined = platform.agenda.slice(0, platform.nextAction).flatMap(({ action }) => (action.do === 'join' ? [action.participant] : []))
  return [...plan.participants, ...(plan.pickUp === undefined ? [] : [plan.pickUp]), ...joined]
}

async function writeStream(path: string, call: SimulatedCall, stream: CallStream): Promise<void> {
  const { format, firstSample } = stream
  const end = firstSample + sampleCount(stream)
  await using file = await open(path, 'w')
  await writeAll(file, wavHeader({ format, channels: 1, frames: end - firstSample }))
  for (let from = firstSample; from < end; from += CHUNK_SAMPLES) await writeAll(file, heard(call, stream, from, Math.min(end, from + CHUNK_SAMPLES)))
  // A RIFF chunk of odd length is followed by a byte that makes it even.
  if (((end - firstSample) * bytesPerSample(format.codec)) % 2 === 1) await writeAll(file, new Uint8Array(1))
}

/** All that was sent on a stream, as its truth file holds it. */
export function heardAudio(call: SimulatedCall, stream: CallStream): Uint8Array {
  return heard(call, stream, stream.firstSample, stream.firstSample + sampleCount(stream))
}

/** The stream's samples as a WAV holds them: little-endian, and the codec's silence where nothing was sent during a call hold. */
function heard(call: SimulatedCall, stream: CallStream, from: number, to: number): Uint8Array {
  const { codec } = stream.format
  const sent = audioOf(call, stream).speech(from, to)
  const bytes = codec === 'L16' ? l16FromNetwork(sent) : sent
  const sampleBytes = bytesPerSample(codec)
  for (const [silentFrom, silentTo] of intersect(stream.silences, from, to))
    bytes.fill(silenceByte(codec), (silentFrom - from) * sampleBytes, (silentTo - from) * sampleBytes)
  return bytes
}

function sampleCount(stream: CallStream): number {
  return (stream.endSample ?? stream.sentTo) - stream.firstSample
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += (await file.write(bytes, written)).bytesWritten
}
