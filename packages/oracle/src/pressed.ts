import { toSample } from './call-audio.ts'
import { outside } from './spans.ts'
import type { TrueEvent, Truth } from './truth-files.ts'

/** A publisher sends a second of audio at a time. */
const BATCH_MS = 1_000
/** The network holds a batch back for less than this many of the following. */
const BATCHES_LATE = 3
const MOST_GUESSES = 512

/**
 * A control without a time of its own counts from the place where it stands in the log: as far as the call's audio had come there. The
 * truth says when it was pressed, so it counts from the last audio before, and, where the network lost or delayed that, from one
 * of a few moments earlier. Yields, most likely first, the moments by event id, in which all such controls of the call may count.
 */
export function* pressedGuesses(truth: Truth): Generator<ReadonlyMap<string, number>> {
  const pressed = truth.events.filter(({ type, data }) => type.startsWith('control.') && data.atMs === undefined)
  const choices = pressed.map((event) => moments(truth, event))
  const total = Math.min(
    MOST_GUESSES,
    choices.reduce((product, { length }) => product * length, 1),
  )
  for (let guess = 0; guess < total; guess++) {
    let rest = guess
    const chosen = new Map<string, number>()
    for (const [i, { id }] of pressed.entries()) {
      const ofEvent = choices[i] ?? []
      chosen.set(id, ofEvent[rest % ofEvent.length] ?? 0)
      rest = Math.floor(rest / ofEvent.length)
    }
    yield chosen
  }
}

/** Latest first: the moments where the call's clock may have stood when the control came. */
function moments(truth: Truth, control: TrueEvent): number[] {
  const before = truth.events.slice(0, truth.events.indexOf(control)).filter(({ type }) => !type.startsWith('control.'))
  const eventMs = before.reduce((latest, { atMs }) => Math.max(latest, atMs), 0)
  const lastBatch = Math.floor(control.atMs / BATCH_MS)
  const batches = Array.from({ length: BATCHES_LATE + 1 }, (_, i) => heardUntil(truth, Math.max(0, (lastBatch - i) * BATCH_MS)))
  return [...new Set([...batches, eventMs].map((ms) => Math.max(ms, eventMs)))].toSorted((a, b) => b - a)
}

/** How far audio had come when all batches up to `ms` were there. */
function heardUntil(truth: Truth, ms: number): number {
  const ends = truth.streams.map(({ firstSample, sampleCount, sampleRateHz, dropped, silences }) => {
    const last = outside([...dropped, ...silences], firstSample, Math.min(firstSample + sampleCount, toSample(ms, sampleRateHz))).at(-1)
    return last === undefined ? 0 : Math.floor((last[1] * 1_000) / sampleRateHz)
  })
  return Math.max(0, ...ends)
}
