import type { AudioFormat } from '@twinreel/media/format'
import type { CallSpan, Loss, Mark } from './facts.ts'

/** One sealed piece of a recording: a contiguous interval of call time, one object. */
export interface Segment {
  recordingId: string
  orgId: string
  ownerId: string
  index: number
  /** Call time, half-open. */
  fromMs: number
  toMs: number
  format: AudioFormat
  /** Streams heard on the left (the owner's) and on the right (everyone else's). */
  near: readonly TrackSpan[]
  far: readonly TrackSpan[]
  losses: readonly Loss[]
  /** Parts of the segment during which somebody held the call. */
  held: readonly CallSpan[]
  /** Paused time that lies directly before this segment, and other moments up to its end. */
  paused: readonly CallSpan[]
  marks: readonly Mark[]
}

/** A stream for as long as its format and its participants stay the same. Offsets are in its own rate. */
export interface Track {
  trackId: string
  streamId: string
  participantIds: readonly string[]
  format: AudioFormat
}

/** A track and the call time in which its audio counts; what was sent before its stream was there, or after a participant left, is not heard. */
export interface TrackSpan extends Track {
  fromMs: number
  toMs: number | null
}
