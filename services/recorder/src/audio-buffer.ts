import type { MediaRun } from '@twinreel/contracts/media'
import type { Codec } from '@twinreel/media/format'
import { msToSamples } from '@twinreel/media/format'
import { l16FromNetwork } from '@twinreel/media/l16'
import type { Run } from '@twinreel/media/timeline'
import type { TrackState } from '@twinreel/recording/session/state'

/** Audio of one call that is not sealed yet, by track, in the order it came. The bytes are views into the log's messages: nothing is copied until a segment is made. */
export type AudioBuffer = Map<string, Run[]>

export function keep(buffer: AudioBuffer, trackId: string, codec: Codec, run: MediaRun): void {
  const runs = buffer.get(trackId) ?? []
  runs.push(codec === 'L16' ? { ...run, bytes: l16FromNetwork(run.bytes) } : run)
  buffer.set(trackId, runs)
}

/** Lets go of what lies wholly before the floor. */
export function dropBelow(buffer: AudioBuffer, floorMs: number, tracks: Readonly<Record<string, TrackState>>): void {
  for (const [trackId, runs] of buffer) {
    const track = tracks[trackId]
    const floorSample = track === undefined ? Number.POSITIVE_INFINITY : msToSamples(floorMs, track.format.sampleRateHz)
    const first = runs[0]
    if (first !== undefined && first.offset + first.sampleCount > floorSample && runs.length < 256) continue
    const left = runs.filter((run) => run.offset + run.sampleCount > floorSample)
    if (left.length === 0) buffer.delete(trackId)
    else buffer.set(trackId, left)
  }
}
