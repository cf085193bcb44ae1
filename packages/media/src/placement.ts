import { add, missing } from './intervals.ts'
import type { IntervalSet } from './intervals.ts'

/** A stretch of one stream's audio: `sampleCount` samples, the first at `offset` samples since the call's time zero. */
export interface Run {
  readonly offset: number
  readonly sampleCount: number
  readonly bytes: Uint8Array
}

/** Bytes that stand for the samples [from, to) and nothing else. */
export interface Piece {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

/** Runs cut so that none overlap; `covered` are the samples they give. Pieces are views, in the order of their runs. */
export interface Placement {
  readonly pieces: readonly Piece[]
  readonly covered: IntervalSet
}

/**
 * Places runs, in any order and overlapping as they please, on [from, to): of a sample that several runs carry, the
 * first run's is kept. Throws RangeError for a run whose bytes are not its samples.
 */
export function place(runs: readonly Run[], sampleBytes: number, from: number, to: number): Placement {
  const pieces: Piece[] = []
  let covered: IntervalSet = []
  runs.forEach((run, index) => {
    if (!Number.isSafeInteger(run.offset) || run.bytes.length !== run.sampleCount * sampleBytes) {
      throw new RangeError(`run ${index} at sample ${run.offset}: ${run.bytes.length} bytes for ${run.sampleCount} samples of ${sampleBytes} bytes`)
    }
    const start = Math.max(from, run.offset)
    const end = Math.min(to, run.offset + run.sampleCount)
    for (const [a, b] of missing(covered, start, end)) {
      const bytes = run.bytes.subarray((a - run.offset) * sampleBytes, (b - run.offset) * sampleBytes)
      pieces.push({ from: a, to: b, bytes })
    }
    covered = add(covered, start, end)
  })
  return { pieces, covered }
}
