import { bytesPerSample, msToSamples, type AudioFormat } from '@twinreel/media/format'
import { fillChannel, type Run } from '@twinreel/media/timeline'
import { stereoWavBytes, stereoWavFile } from '@twinreel/media/wav'
import type { Segment, TrackSpan } from '@twinreel/recording/segment'
import { runsOf, type AudioBuffer } from './audio-buffer.ts'
import type { Piece } from './audio-pieces.ts'
import type { Scratch } from './scratch.ts'

/** A sealed segment with the audio it is made of; becomes bytes when there is room to write them. */
export interface SegmentAudio {
  segment: Segment
  near: readonly Source[]
  far: readonly Source[]
  /** What the runs stand in; to be left when the bytes are made. */
  pieces: readonly Piece[]
  /** About what it will be as a file. */
  sizeBytes: number
}

interface Source {
  format: AudioFormat
  runs: readonly Run[]
}

/** Takes from the buffer what belongs to the segment, cut to it exactly: what else happens to be in memory must not change a byte. */
export function gather(segment: Segment, buffer: AudioBuffer): SegmentAudio {
  const pieces: Piece[] = []
  const sourceOf = ({ trackId, format, fromMs, toMs }: TrackSpan): Source => {
    const from = msToSamples(Math.max(segment.fromMs, fromMs), format.sampleRateHz)
    const to = msToSamples(Math.min(segment.toMs, toMs ?? segment.toMs), format.sampleRateHz)
    const there = runsOf(buffer, trackId, from, to)
    pieces.push(...there.pieces)
    return { format, runs: there.runs }
  }
  const { codec, sampleRateHz } = segment.format
  const sizeBytes = msToSamples(segment.toMs - segment.fromMs, sampleRateHz) * bytesPerSample(codec) * 2
  return { segment, near: segment.near.map(sourceOf), far: segment.far.map(sourceOf), pieces, sizeBytes }
}

/** The segment as a two-channel WAV: left the owner, right everyone else, playable by itself. It stands in the scratch, until that is used again. */
export function segmentWav({ segment, near, far }: SegmentAudio, scratch: Scratch): Uint8Array {
  const { format } = segment
  const fromSample = msToSamples(segment.fromMs, format.sampleRateHz)
  const toSample = msToSamples(segment.toMs, format.sampleRateHz)
  const channelBytes = (toSample - fromSample) * bytesPerSample(format.codec)
  const left = fillChannel({ format, fromSample, toSample, sources: near }, scratch.take('left', channelBytes))
  const right = fillChannel({ format, fromSample, toSample, sources: far }, scratch.take('right', channelBytes))
  const stereo = { format, left, right }
  return stereoWavFile(stereo, scratch.take('file', stereoWavBytes(stereo)))
}
