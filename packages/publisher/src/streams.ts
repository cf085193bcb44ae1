import { msToSamples, type AudioFormat } from '@twinreel/media/format'
import type { Interval } from '@twinreel/media/intervals'

/** What is declared of a stream, as in `call.answered`. */
export interface StreamFormat extends AudioFormat {
  readonly streamId: string
  /** Who is heard on it. */
  readonly participantIds: readonly string[]
}

/** A stream for as long as its format stays the same; a renegotiated one goes on as another. Offsets are in its own rate. */
export interface CallStream {
  readonly streamId: string
  readonly participantIds: readonly string[]
  readonly format: AudioFormat
  readonly firstSample: number
  /** How far its clock has been told to the log. */
  sentTo: number
  /** Where the audio ended that the platform handed over last; `null` while that says no offsets. */
  handedTo: number | null
  /** Since when it carries nothing because of a call hold, if it does. */
  silentFrom: number | null
  readonly silences: Interval[]
  /** `null` while it lives. */
  endSample: number | null
}

/** Samples [from, to) of a stream to be sent; an empty range says only where its clock stands. */
export interface StreamRange {
  readonly stream: CallStream
  readonly from: number
  readonly to: number
}

export function openStream({ streamId, participantIds, codec, sampleRateHz }: StreamFormat, atMs: number): CallStream {
  const firstSample = msToSamples(atMs, sampleRateHz)
  return {
    streamId,
    participantIds,
    format: { codec, sampleRateHz },
    firstSample,
    sentTo: firstSample,
    handedTo: null,
    silentFrom: null,
    silences: [],
    endSample: null,
  }
}

/** What goes out at `atMs`: all that was spoken since the last time, or, behind a shut gate, only where the clocks stand. */
export function takeRanges(streams: readonly CallStream[], atMs: number, gateOpen: boolean): StreamRange[] {
  return streams.filter(lives).map((stream) => {
    const to = msToSamples(atMs, stream.format.sampleRateHz)
    const from = gateOpen && stream.silentFrom === null ? stream.sentTo : to
    stream.sentTo = to
    return { stream, from, to }
  })
}

export function endStream(stream: CallStream, atMs: number): void {
  endSilence(stream, atMs)
  stream.endSample = msToSamples(atMs, stream.format.sampleRateHz)
}

export function beginSilence(stream: CallStream, atMs: number): void {
  stream.silentFrom ??= msToSamples(atMs, stream.format.sampleRateHz)
}

export function endSilence(stream: CallStream, atMs: number): void {
  const to = msToSamples(atMs, stream.format.sampleRateHz)
  if (stream.silentFrom !== null && stream.silentFrom < to) stream.silences.push([stream.silentFrom, to])
  stream.silentFrom = null
}

/** Where each stream of the call stopped; of a renegotiated one, in its last rate. */
export function finalSamples(streams: readonly CallStream[]): { streamId: string; sampleOffset: number }[] {
  const last = new Map(streams.map((stream) => [stream.streamId, stream.endSample ?? stream.sentTo]))
  return [...last].map(([streamId, sampleOffset]) => ({ streamId, sampleOffset }))
}

export function lives(stream: CallStream): boolean {
  return stream.endSample === null
}
