import type { MediaRun } from '@twinreel/contracts/media'
import { bytesPerSample, msToSamples } from '@twinreel/media/format'
import { lives, type CallStream } from './streams.ts'

/** Audio of a call that was handed over and waits for its message, by stream. */
export type Spoken = Map<CallStream, { offset: number; bytes: Uint8Array }[]>

/** Keeps samples until they go out. Without `offset` they go on where the stream's audio ended. Throws RangeError for half a sample. */
export function speak(spoken: Spoken, stream: CallStream, bytes: Uint8Array, offset?: number): void {
  const width = bytesPerSample(stream.format.codec)
  if (bytes.length % width !== 0) throw new RangeError(`stream ${stream.streamId}: ${bytes.length} bytes are no whole samples of ${stream.format.codec}`)
  const runs = spoken.get(stream) ?? []
  const last = runs.at(-1)
  runs.push({ offset: offset ?? (last === undefined ? stream.sentTo : last.offset + last.bytes.length / width), bytes })
  spoken.set(stream, runs)
}

/**
 * The runs of one media message at call time `atMs`: all that waits, joined where one goes on from the other, and of a stream that says nothing only where
 * its clock stands. Nothing from before `fromMs` (the gate was shut) or from after `atMs` where `cut` is set (it shuts now).
 */
export function takeRuns(streams: readonly CallStream[], spoken: Spoken, atMs: number, { fromMs, cut }: { fromMs: number; cut: boolean }): MediaRun[] {
  return streams.filter(lives).flatMap((stream) => {
    const { sampleRateHz, codec } = stream.format
    const width = bytesPerSample(codec)
    const clock = msToSamples(atMs, sampleRateHz)
    const runs = joined(spoken.get(stream) ?? [], width)
      .map((run) => within(run, msToSamples(fromMs, sampleRateHz), cut ? clock : Infinity, width))
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ offset, bytes }): MediaRun => ({ streamId: stream.streamId, offset, sampleCount: bytes.length / width, bytes }))
    spoken.delete(stream)
    const last = runs.at(-1)
    stream.sentTo = Math.max(stream.sentTo, last === undefined ? clock : last.offset + last.sampleCount)
    return last === undefined ? [{ streamId: stream.streamId, offset: stream.sentTo, sampleCount: 0, bytes: new Uint8Array() }] : runs
  })
}

function joined(runs: readonly { offset: number; bytes: Uint8Array }[], width: number): { offset: number; bytes: Uint8Array }[] {
  const groups: { offset: number; parts: Uint8Array[]; end: number }[] = []
  for (const { offset, bytes } of runs) {
    const last = groups.at(-1)
    if (last !== undefined && last.end === offset) {
      last.parts.push(bytes)
      last.end += bytes.length / width
    } else groups.push({ offset, parts: [bytes], end: offset + bytes.length / width })
  }
  return groups.map(({ offset, parts }) => ({ offset, bytes: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) }))
}

function within({ offset, bytes }: { offset: number; bytes: Uint8Array }, from: number, to: number, width: number): { offset: number; bytes: Uint8Array } {
  const start = Math.min(Math.max(from - offset, 0) * width, bytes.length)
  return { offset: offset + start / width, bytes: bytes.subarray(start, Math.max(start, (Math.min(to, offset + bytes.length / width) - offset) * width)) }
}
