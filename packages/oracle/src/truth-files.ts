import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Codec } from './companding.ts'
import type { Span } from './spans.ts'
import { readWav } from './wav-reader.ts'

/** What the oracle needs of a user's settings. */
export interface TrueSettings {
  mode: 'never' | 'always' | 'always-pause-resume' | 'on-demand-user-start' | 'on-demand'
  startStopAnnouncement: { internal: boolean; pstn: boolean }
  pauseResumeNotification: 'none' | 'beep' | 'announcement'
  voicemail: boolean
  calls: { inboundInternal: boolean; inboundExternal: boolean; outboundInternal: boolean; outboundExternal: boolean }
}

export interface TrueParticipant {
  participantId: string
  role: 'originating' | 'terminating'
  userId?: string
}

export interface TrueStream {
  streamId: string
  participantIds: readonly string[]
  codec: Codec
  sampleRateHz: number
  file: string
  firstSample: number
  sampleCount: number
  dropped: readonly Span[]
  silences: readonly Span[]
}

/** `data` as the platform published it; which fields it has follows from `type`. */
export interface TrueEvent {
  id: string
  type: string
  atMs: number
  data: {
    atMs?: number
    callType?: string
    capabilities?: { prompts: 'obeys' | 'none'; gate: boolean }
    participants?: readonly TrueParticipant[]
    by?: { kind: 'participant' | 'voicemail'; participantId: string; userId?: string }
    participant?: TrueParticipant
    participantId?: string
    userId?: string
    outcome?: 'played' | 'expired' | 'failed'
    fromMs?: number
    toMs?: number
    sequence?: number
    finalSamples?: readonly { streamId: string; sampleOffset: number }[]
    /** Of a prompt that was answered: its kind, where somebody looked that up. */
    prompt?: string
  }
}

/** What really happened in one call, as the simulator wrote it down. */
export interface Truth {
  callId: string
  orgId: string
  settings: Readonly<Record<string, TrueSettings>>
  events: readonly TrueEvent[]
  endLost: boolean
  prompts: readonly { kind: string; fromMs: number; toMs: number }[]
  streams: readonly TrueStream[]
}

/** Ids of the calls of which there is a truth, in order. */
export async function trueCallIds(truthDir: string): Promise<string[]> {
  return (await readdir(truthDir))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .toSorted()
}

export async function readTruth(truthDir: string, callId: string): Promise<Truth> {
  return JSON.parse(await readFile(join(truthDir, `${callId}.json`), 'utf8')) as Truth
}

/** All that was spoken on a stream, with its lost samples still in it. Throws when the file does not hold what the truth says. */
export async function readSpoken(truthDir: string, stream: TrueStream): Promise<Uint8Array> {
  const { codec, sampleRateHz, channels, data } = readWav(await readFile(join(truthDir, stream.file)))
  const bytes = stream.sampleCount * (codec === 'L16' ? 2 : 1)
  if (codec !== stream.codec || sampleRateHz !== stream.sampleRateHz || channels !== 1 || data.length !== bytes)
    throw new Error(`truth file ${stream.file} is not what its description says`)
  return data
}
