import type { MediaRun } from '@twinreel/contracts/media'
import { bytesPerSample, msToSamples, type AudioFormat } from '@twinreel/media/format'
import { add, intersect, missing } from '@twinreel/media/intervals'
import { l16FromNetwork } from '@twinreel/media/l16'
import type { Run } from '@twinreel/media/timeline'
import type { Piece, PiecePool } from './audio-pieces.ts'

/**
 * Audio of one call that is not sealed yet, by track. It is copied out of the log's messages into pieces of some seconds: a second of
 * copying saves many of looking after ten thousands of small buffers that live for a minute.
 */
export type AudioBuffer = Map<string, TrackAudio>

interface TrackAudio {
  format: AudioFormat
  /** By their number: piece n holds the samples from n × pieceSamples on. */
  pieces: Map<number, Piece>
}

const PIECE_MS = 5_000

/** Keeps a run; of a sample that came before, the first is kept. */
export function keep(buffer: AudioBuffer, pool: PiecePool, trackId: string, format: AudioFormat, run: MediaRun): void {
  const track = buffer.get(trackId) ?? { format, pieces: new Map<number, Piece>() }
  buffer.set(trackId, track)
  const sampleBytes = bytesPerSample(format.codec)
  const pieceSamples = msToSamples(PIECE_MS, format.sampleRateHz)
  const bytes = format.codec === 'L16' ? l16FromNetwork(run.bytes) : run.bytes
  const end = run.offset + run.sampleCount
  for (let number = Math.floor(run.offset / pieceSamples); number * pieceSamples < end; number++) {
    const pieceStart = number * pieceSamples
    const piece = track.pieces.get(number) ?? pool.take(pieceSamples * sampleBytes)
    track.pieces.set(number, piece)
    const [from, to] = [Math.max(run.offset, pieceStart), Math.min(end, pieceStart + pieceSamples)]
    for (const [a, b] of missing(piece.covered, from, to)) {
      piece.bytes.set(bytes.subarray((a - run.offset) * sampleBytes, (b - run.offset) * sampleBytes), (a - pieceStart) * sampleBytes)
    }
    piece.covered = add(piece.covered, from, to)
  }
}

/** What there is of the samples [from, to) of a track: views, which later audio does not change; and the pieces they stand in, which are to be left again. */
export function runsOf(buffer: AudioBuffer, trackId: string, from: number, to: number): { runs: Run[]; pieces: Piece[] } {
  const track = buffer.get(trackId)
  const runs: Run[] = []
  const pieces: Piece[] = []
  if (track === undefined) return { runs, pieces }
  const sampleBytes = bytesPerSample(track.format.codec)
  const pieceSamples = msToSamples(PIECE_MS, track.format.sampleRateHz)
  for (const [number, piece] of track.pieces) {
    const there = intersect(piece.covered, from, to)
    if (there.length === 0) continue
    piece.users += 1
    pieces.push(piece)
    for (const [a, b] of there) {
      const start = a - number * pieceSamples
      runs.push({ offset: a, sampleCount: b - a, bytes: piece.bytes.subarray(start * sampleBytes, (start + b - a) * sampleBytes) })
    }
  }
  return { runs, pieces }
}

/** Lets go of what lies wholly before the floor. */
export function dropBelow(buffer: AudioBuffer, pool: PiecePool, floorMs: number): void {
  for (const [trackId, { format, pieces }] of buffer) {
    const floorSample = msToSamples(floorMs, format.sampleRateHz)
    const pieceSamples = msToSamples(PIECE_MS, format.sampleRateHz)
    for (const [number, piece] of pieces) {
      if ((number + 1) * pieceSamples > floorSample) continue
      pieces.delete(number)
      pool.drop(piece)
    }
    if (pieces.size === 0) buffer.delete(trackId)
  }
}
