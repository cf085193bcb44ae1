import { bytesPerSample, msToSamples, type AudioFormat } from '@twinreel/media/format'
import { fillChannel, type Run } from '@twinreel/media/timeline'
import { stereoWavFile } from '@twinreel/media/wav'
import type { Segment, TrackSpan } from '@twinreel/recording/segment'
import type { AudioBuffer } from './audio-buffer.ts'

/** A sealed segment with the audio it is made of; becomes bytes when there is room to write them. */
export interface SegmentAudio {
  segment: Segment
  near: readonly Source[]
  far: readonly Source[]
  /** About what it will be as a file. */
  sizeBytes: number
}

interface Source {
  format: AudioFormat
  runs: readonly Run[]
}

/** Takes from the buffer what belongs to the segment, cut to it exactly: what else happens to be in memory must not change a byte. */
export function gather(segment: Segment, buffer: AudioBuffer): SegmentAudio {
  const sources = (tracks: readonly TrackSpan[]): Source[] => tracks.map((track) => source(segment, track, buffer.get(track.trackId) ?? []))
  const { codec, sampleRateHz } = segment.format
  const sizeBytes = msToSamples(segment.toMs - segment.fromMs, sampleRateHz) * bytesPerSample(codec) * 2
  return { segment, near: sources(segment.near), far: sources(segment.far), sizeBytes }
}

function source(segment: Segment, track: TrackSpan, runs: readonly Run[]): Source {
  const { sampleRateHz, codec } = track.format
  const from = msToSamples(segment.fromMs, sampleRateHz)
  const to = msToSamples(Math.min(segment.toMs, track.toMs ?? segment.toMs), sampleRateHz)
  return { format: track.format, runs: runs.flatMap((run) => cut(run, from, to, bytesPerSample(codec))) }
}

function cut(run: Run, from: number, to: number, sampleBytes: number): Run[] {
  const start = Math.max(from, run.offset)
  const end = Math.min(to, run.offset + run.sampleCount)
  if (start >= end) return []
  if (start === run.offset && end === run.offset + run.sampleCount) return [run]
  return [{ offset: start, sampleCount: end - start, bytes: run.bytes.subarray((start - run.offset) * sampleBytes, (end - run.offset) * sampleBytes) }]
}

/** The segment as a two-channel WAV: left the owner, right everyone else, playable by itself. */
export function segmentWav({ segment, near, far }: SegmentAudio): Uint8Array {
  const { format } = segment
  const fromSample = msToSamples(segment.fromMs, format.sampleRateHz)
  const toSample = msToSamples(segment.toMs, format.sampleRateHz)
  const left = fillChannel({ format, fromSample, toSample, sources: near })
  const right = fillChannel({ format, fromSample, toSample, sources: far })
  return stereoWavFile({ format, left, right })
}
