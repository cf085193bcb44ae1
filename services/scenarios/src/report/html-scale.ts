import { writeCallTime } from '@twinreel/contracts/call-time'
import type { CallResult, Span } from '../result.ts'
import type { Miss } from './misses.ts'

/** Where call time lies in a picture, in its units. */
export interface Scale {
  fromMs: number
  toMs: number
  x(ms: number): number
  width(span: Span): number
}

/** Names stand left of the plot; right of it is room for what lies at the very end. */
export const GUTTER = 150
const PLOT = 1_000
export const PICTURE_WIDTH = GUTTER + PLOT + 30
/** What is shorter could not be seen. */
const LEAST_WIDTH = 1.5

/** From the first thing that happens, which may be before the answer, to the last one that was or should have been. */
export function scaleOf(call: CallResult, misses: readonly Miss[]): Scale {
  const moments = [
    ...call.story.map(({ atMs }) => atMs),
    ...misses.flatMap(({ atMs, expectedSpan, gotSpan }) => [atMs ?? 0, ...(expectedSpan ?? []), ...(gotSpan ?? [])]),
  ]
  const ends = [...call.prompts.map(({ toMs }) => toMs), ...call.owners.flatMap(({ band }) => band.map(({ toMs }) => toMs))]
  const fromMs = least(moments)
  const toMs = Math.max(most([...moments, ...ends]), call.lengthMs, fromMs + 1)
  const x = (ms: number): number => rounded(GUTTER + ((ms - fromMs) / (toMs - fromMs)) * PLOT)
  return { fromMs, toMs, x, width: ([from, to]) => Math.max(LEAST_WIDTH, rounded(x(to) - x(from))) }
}

// Not by spreading: there may be more of them than a function takes arguments.
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), 0)
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0)
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

const STEPS_MS = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000]
const MOST_TICKS = 11

/** Round moments for the axis, with what is written at them. */
export function ticks({ fromMs, toMs }: Pick<Scale, 'fromMs' | 'toMs'>): { atMs: number; label: string }[] {
  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= MOST_TICKS) ?? Math.ceil((toMs - fromMs) / MOST_TICKS / 3_600_000) * 3_600_000
  const first = Math.ceil(fromMs / stepMs)
  return Array.from({ length: Math.floor(toMs / stepMs) - first + 1 }, (_, i) => {
    const atMs = (first + i) * stepMs
    return { atMs, label: stepMs < 1_000 ? writeCallTime(atMs) : writeCallTime(atMs).slice(0, -4) }
  })
}
