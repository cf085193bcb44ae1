import type { Codec } from './format.ts'
import { bytesPerSample } from './format.ts'
import type { Placed } from './convert.ts'
import { decode, encode } from './g711.ts'
import { add, intersect } from './intervals.ts'
import type { IntervalSet } from './intervals.ts'
import type { Piece } from './placement.ts'

/** Where more than one source has audio, their sum: clipped to 16 bit, encoded in `codec`. Sources have one rate. */
export function mix(sources: readonly Placed[], codec: Codec): Piece[] {
  const meetings = whereSeveral(sources.map(({ covered }) => covered))
  const origin = meetings[0]?.[0] ?? 0
  const sums = new Int32Array((meetings.at(-1)?.[1] ?? 0) - origin)
  for (const source of sources) {
    const sampleBytes = bytesPerSample(source.codec)
    for (const piece of source.pieces) {
      for (const [from, to] of intersect(meetings, piece.from, piece.to)) {
        const bytes = piece.bytes.subarray((from - piece.from) * sampleBytes, (to - piece.from) * sampleBytes)
        addSamples(sums, from - origin, decode(bytes, source.codec))
      }
    }
  }
  return meetings.map(([from, to]) => ({ from, to, bytes: encode(clipped(sums.subarray(from - origin, to - origin)), codec) }))
}

function whereSeveral(coverages: readonly IntervalSet[]): IntervalSet {
  let one: IntervalSet = []
  let several: IntervalSet = []
  for (const coverage of coverages) {
    for (const [from, to] of coverage) {
      for (const [a, b] of intersect(one, from, to)) several = add(several, a, b)
      one = add(one, from, to)
    }
  }
  return several
}

function addSamples(sums: Int32Array, at: number, samples: Int16Array): void {
  for (let i = 0; i < samples.length; i++) sums[at + i] = (sums[at + i] ?? 0) + (samples[i] ?? 0)
}

function clipped(sums: Int32Array): Int16Array {
  const samples = new Int16Array(sums.length)
  for (let i = 0; i < sums.length; i++) samples[i] = Math.max(-32768, Math.min(32767, sums[i] ?? 0))
  return samples
}
