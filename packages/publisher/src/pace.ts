import { takeRanges, type CallStream, type StreamRange } from './streams.ts'

/** A media message holds this much call time at most. */
export const BATCH_MS = 1_000
/** How often a call with a shut gate shows that it lives; the recorder wants to hear of it every ten seconds. */
const KEEP_ALIVE_MS = 5_000

/** When a call's audio goes out. Changed in place. */
export interface Pace {
  readonly streams: CallStream[]
  readonly gate: { open: boolean; sequence: number }
  /** Call time of the next media message. */
  nextMediaMs: number
}

/** When media goes out next, seen from `atMs`: at whole seconds, so that the messages of many calls are alike. */
export function scheduleMedia(pace: Pace, atMs: number): void {
  pace.nextMediaMs = pace.gate.open ? (Math.floor(atMs / BATCH_MS) + 1) * BATCH_MS : atMs + KEEP_ALIVE_MS
}

/** What goes out now that its time has come. */
export function takeDue(pace: Pace, atMs: number): StreamRange[] {
  const ranges = takeRanges(pace.streams, atMs, pace.gate.open)
  scheduleMedia(pace, atMs)
  return ranges
}

/** What was spoken up to now, ahead of something that ends it or changes what it means; `null` when that is nothing. */
export function takeSpoken(pace: Pace, atMs: number): StreamRange[] | null {
  const ranges = takeRanges(pace.streams, atMs, pace.gate.open)
  return ranges.some(({ from, to }) => from < to) ? ranges : null
}

/** Whether a gate command says something new: one that is older than another changes nothing. */
export function isNewGate(gate: Pick<Pace['gate'], 'sequence'>, sequence: number): boolean {
  return sequence > gate.sequence
}

/** Shuts or opens the gate; before it shuts, what was spoken up to now must have gone (`takeSpoken`). */
export function turnGate(pace: Pace, { open, sequence }: { open: boolean; sequence: number }, atMs: number): void {
  if (open !== pace.gate.open) {
    pace.gate.open = open
    scheduleMedia(pace, atMs)
  }
  pace.gate.sequence = sequence
}
