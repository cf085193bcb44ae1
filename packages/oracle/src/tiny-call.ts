import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { interleave } from '@twinreel/media/interleave'
import { wavFile } from '@twinreel/media/wav'
import type { Codec } from './companding.ts'
import type { KnownRecording } from './check-recording.ts'
import type { Files } from './files.ts'
import type { Span } from './spans.ts'
import type { TrueEvent, TrueSettings, TrueStream, Truth } from './truth-files.ts'

/** For tests: a call of one second between a user and somebody outside, at 8 kHz, and a store in memory. */
export interface TinyCall {
  truthDir: string
  /** All that was spoken, by stream. */
  spoken: ReadonlyMap<string, Uint8Array>
  recordings: KnownRecording[]
  prefix: string
}

const made: string[] = []
afterAll(() => made.forEach((directory) => rmSync(directory, { recursive: true, force: true })))

const TINY_SETTINGS: TrueSettings = {
  mode: 'always-pause-resume',
  startStopAnnouncement: { internal: false, pstn: false },
  pauseResumeNotification: 'none',
  voicemail: false,
  calls: { inboundInternal: true, inboundExternal: true, outboundInternal: true, outboundExternal: true },
}

export function event(type: string, atMs: number, data: TrueEvent['data'] = { atMs }): TrueEvent {
  return { id: `${type} ${atMs}`, type, atMs, data }
}

/** `events` happen between the answer and the end. `far`: further streams, by id, of people outside. */
export function tinyCall(
  options: {
    codec?: Codec
    settings?: Partial<TrueSettings>
    events?: readonly TrueEvent[]
    dropped?: readonly Span[]
    far?: readonly string[]
    endLost?: boolean
    prompts?: Truth['prompts']
    gate?: boolean
  } = {},
): TinyCall {
  const { codec = 'PCMU', settings = {}, events = [], dropped = [], far = [], endLost = false, prompts = [], gate = false } = options
  const truthDir = mkdtempSync(join(tmpdir(), 'twinreel-truth-'))
  made.push(truthDir)
  const ids = ['caller', 'called', ...far]
  const spoken = new Map(ids.map((id, i) => [id, noise(8_000 * (codec === 'L16' ? 2 : 1), i + 1)]))
  const streams = ids.map((streamId): TrueStream => ({
    streamId,
    participantIds: [streamId],
    codec,
    sampleRateHz: 8_000,
    file: `call.${streamId}.wav`,
    firstSample: 0,
    sampleCount: 8_000,
    dropped: streamId === 'caller' ? dropped : [],
    silences: [],
  }))
  const participants = ids.map((participantId, i) => ({
    participantId,
    role: i === 1 ? ('terminating' as const) : ('originating' as const),
    ...(i === 1 ? { userId: 'ann' } : {}),
  }))
  const truth: Truth = {
    callId: 'call',
    orgId: 'org',
    settings: { ann: { ...TINY_SETTINGS, ...settings } },
    events: [
      event('call.started', -1_000, { callType: 'pstn', participants, capabilities: { prompts: 'obeys', gate } }),
      event('call.answered', 0, { by: { kind: 'participant', participantId: 'called' } }),
      ...events,
      event('call.ended', 1_000),
    ],
    endLost,
    prompts,
    streams,
  }
  writeFileSync(join(truthDir, 'call.json'), JSON.stringify(truth))
  for (const [id, data] of spoken) writeFileSync(join(truthDir, `call.${id}.wav`), wavFile({ format: { codec, sampleRateHz: 8_000 }, channels: 1, data }))
  return { truthDir, spoken, recordings: [{ recordingId: 'r1', callId: 'call', ownerId: 'ann', ordinal: 1 }], prefix: 'recordings/org/ann/r1/' }
}

/** A recording's object with these channels. */
export function twoChannels(codec: Codec, left: Uint8Array, right: Uint8Array): Uint8Array {
  return wavFile({ format: { codec, sampleRateHz: 8_000 }, channels: 2, data: interleave(left, right, codec) })
}

export function filesOf(contents: Readonly<Record<string, Uint8Array>>): Files {
  return { list: async () => Object.keys(contents).toSorted(), read: async (path) => contents[path] ?? null }
}

export const MANIFEST = new TextEncoder().encode('{}')

/** Bytes without a pattern, the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}
