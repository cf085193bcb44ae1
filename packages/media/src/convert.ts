import { bytesPerSample } from './format.ts'
import type { AudioFormat, Codec } from './format.ts'
import { decode, encode } from './g711.ts'
import { add } from './intervals.ts'
import type { IntervalSet } from './intervals.ts'
import { place } from './placement.ts'
import type { Piece, Placement, Run } from './placement.ts'
import { resample, resampleReach } from './resample.ts'

/** One stream: its runs, with offsets at its own rate. */
export interface Source {
  readonly format: AudioFormat
  readonly runs: readonly Run[]
}

/** A source on another rate's axis; its pieces are in `codec`. */
export interface Placed extends Placement {
  readonly codec: Codec
}

/** The source's audio for the samples [from, to) at `rateHz`: its own bytes when that is its rate, else L16. */
export function placeSource(source: Source, rateHz: number, from: number, to: number): Placed {
  const { format, runs } = source
  const sampleBytes = bytesPerSample(format.codec)
  return format.sampleRateHz === rateHz ? { codec: format.codec, ...place(runs, sampleBytes, from, to) } : placeResampled(source, rateHz, from, to)
}

function placeResampled({ format, runs }: Source, rateHz: number, from: number, to: number): Placed {
  const sourceRateHz = format.sampleRateHz
  const reach = resampleReach(sourceRateHz, rateHz)
  const firstSample = Math.floor((from * sourceRateHz) / rateHz) - reach
  const endSample = Math.ceil((to * sourceRateHz) / rateHz) + reach
  const placement = place(runs, bytesPerSample(format.codec), firstSample, endSample)
  const samples = new Int16Array(endSample - firstSample)
  for (const piece of placement.pieces) samples.set(decode(piece.bytes, format.codec), piece.from - firstSample)
  const pieces: Piece[] = []
  let covered: IntervalSet = []
  for (const [start, end] of placement.covered) {
    // A source sample lasts until the next one: the result has the moments n / rateHz that fall within.
    const a = Math.max(from, Math.ceil((start * rateHz) / sourceRateHz))
    const b = Math.min(to, Math.ceil((end * rateHz) / sourceRateHz))
    if (a >= b) continue
    const converted = resample({ samples, firstSample, sourceRateHz, rateHz, from: a, to: b })
    pieces.push({ from: a, to: b, bytes: encode(converted, 'L16') })
    covered = add(covered, a, b)
  }
  return { codec: 'L16', pieces, covered }
}
