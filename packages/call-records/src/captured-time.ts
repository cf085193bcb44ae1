import { add, intersect, missing, subtract, total, type IntervalSet } from '@twinreel/media/intervals'
import type { CapturedRecording } from './captured-call.ts'
import type { ExcessReason, GapReason, Interval, PurposeReason } from './finding.ts'

/** Where a user's time in a call went; all of call time. */
export interface CapturedTime {
  capturedMs: number
  gaps: readonly Interval<GapReason>[]
  onPurpose: readonly Interval<PurposeReason>[]
  excesses: readonly Interval<ExcessReason>[]
}

/** The longest an announced start can take: its prompt is given up after 15 s, the publisher's gate after 5 s more. */
export const LONGEST_START_MS = 20_000

/**
 * Compares when a user was in the call (`expected`, by the platform's records) with what was captured. At the edges of `expected` differences up to
 * `toleranceMs` are those of two clocks; between them each millisecond counts.
 */
export function compareTime(recordings: readonly CapturedRecording[], expected: IntervalSet, toleranceMs: number): CapturedTime {
  const captured = recordings.reduce((set, recording) => recording.captured.reduce((all, [from, to]) => add(all, from, to), set), [] as IntervalSet)
  const lives = recordings.map((recording) => lifeOf(recording))
  const all = lives.reduce<IntervalSet>((set, [from, to]) => add(set, from, to), [])
  const outside = expected.flatMap(([from, to]) => missing(all, from, to).map((gap) => ({ gap, isFirst: gap[0] === from, isLast: gap[1] === to })))
  const told = [
    ...outside.map((piece) => judgeOutside(recordings, lives, piece, toleranceMs)),
    ...recordings.map((recording, index) => judgeInside(recording, lives[index] ?? [0, 0], expected)),
  ]
  const covered = within(captured, expected)
  return {
    capturedMs: total(covered),
    gaps: [...told.flatMap(({ gaps }) => gaps), ...lossesWithin(recordings, expected, covered)].toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs),
    onPurpose: told.flatMap(({ onPurpose }) => onPurpose).toSorted((a, b) => a.fromMs - b.fromMs),
    excesses: excessesOf(captured, expected, toleranceMs),
  }
}

interface Told {
  gaps: Interval<GapReason>[]
  onPurpose: Interval<PurposeReason>[]
}
const gap = (reason: GapReason, from: number, to: number): Told => ({ gaps: from < to ? [interval(reason, from, to)] : [], onPurpose: [] })
const purpose = (reason: PurposeReason, from: number, to: number): Told => ({ gaps: [], onPurpose: from < to ? [interval(reason, from, to)] : [] })
const NOTHING: Told = { gaps: [], onPurpose: [] }

function interval<R>(reason: R, fromMs: number, toMs: number, channel: Interval<R>['channel'] = 'both', lengthMs = toMs - fromMs): Interval<R> {
  return { reason, channel, fromMs, toMs, lengthMs }
}

/** From its start to its end; while it goes on, and where an end was dated before what it holds, to the last sealed sample. */
function lifeOf({ startMs, endMs, captured }: CapturedRecording): [number, number] {
  return [startMs, Math.max(startMs, endMs ?? startMs, captured.at(-1)?.[1] ?? startMs)]
}

/** Time in the call in which no recording was going on. */
function judgeOutside(
  recordings: readonly CapturedRecording[],
  lives: readonly (readonly [number, number])[],
  { gap: [from, to], isFirst, isLast }: { gap: readonly [number, number]; isFirst: boolean; isLast: boolean },
  toleranceMs: number,
): Told {
  const before = lives.findLastIndex(([, end]) => end <= from)
  const next = recordings[before + 1]
  if (before === -1) return judgeStart(next, from, to, toleranceMs)
  if ((isFirst || isLast) && to - from <= toleranceMs) return NOTHING
  const previous = recordings[before]
  if (previous?.endMs === null) return gap('still-open', from, to)
  switch (previous?.endReason) {
    case 'stopped':
      return purpose('stopped', from, to)
    case 'idle':
      return gap('idle-end', from, to)
    case 'log-lost':
      return gap('log-lost', from, to)
    case 'owner-left':
      return judgeReturn(next, from, to)
    default:
      return gap('early-end', from, to)
  }
}

/** The user left, by the log; who came back waits for the announcement again. */
function judgeReturn(next: CapturedRecording | undefined, from: number, to: number): Told {
  return next !== undefined && next.isAnnounced && to - from <= LONGEST_START_MS ? purpose('announcement', from, to) : gap('early-leave', from, to)
}

/** Before the first recording. Call time below zero lies before the log's answer. */
function judgeStart(first: CapturedRecording | undefined, from: number, to: number, toleranceMs: number): Told {
  const zero = Math.min(to, Math.max(from, 0))
  const late = zero - from > toleranceMs ? gap('late-answer', from, zero) : NOTHING
  const rest = startOf(first, zero, to, toleranceMs)
  return { gaps: [...late.gaps, ...rest.gaps], onPurpose: [...late.onPurpose, ...rest.onPurpose] }
}

function startOf(first: CapturedRecording | undefined, from: number, to: number, toleranceMs: number): Told {
  if (first === undefined) return gap('not-recorded', from, to)
  if (first.mode === 'on-demand-user-start') return purpose('before-start', from, to)
  if (first.isAnnounced && to - from <= LONGEST_START_MS) return purpose('announcement', from, to)
  return to - from <= toleranceMs ? NOTHING : gap('late-join', from, to)
}

/** Time of a recording's life that none of its segments holds: its pauses, else a hole. */
function judgeInside({ captured, paused, pausedMs, endMs }: CapturedRecording, [from, to]: readonly [number, number], expected: IntervalSet): Told {
  const holes = missing(captured, from, to)
  // Pauses behind the last segment, and those of a purged recording, are known by their total alone.
  const areAllPauses = endMs === null || total(holes) <= pausedMs
  const rest = areAllPauses ? [] : paused.reduce<IntervalSet>((set, [a, b]) => subtract(set, a, b), holes)
  const pauses = rest.reduce<IntervalSet>((set, [a, b]) => subtract(set, a, b), holes)
  return {
    gaps: within(rest, expected).map(([a, b]) => interval('missing-segment', a, b)),
    onPurpose: within(pauses, expected).map(([a, b]) => interval('paused', a, b)),
  }
}

function lossesWithin(recordings: readonly CapturedRecording[], expected: IntervalSet, covered: IntervalSet): Interval<GapReason>[] {
  return (['near', 'far'] as const)
    .flatMap((channel) => {
      const lost = recordings
        .flatMap(({ losses }) => losses ?? [])
        .reduce<IntervalSet>((set, loss) => (loss.channel === channel ? add(set, loss.fromMs, loss.toMs) : set), [])
      const gaps = within(lost, expected)
      const reason = total(covered) > 0 && total(within(gaps, covered)) === total(covered) ? 'no-media' : 'lost'
      return gaps.map(([from, to]) => interval<GapReason>(reason, from, to, channel))
    })
    .concat(recordings.flatMap(lossSomewhere))
}

/** A purged recording remembers how much was missing in it, not where. */
function lossSomewhere({ losses, lostMs, captured }: CapturedRecording): Interval<GapReason>[] {
  const [first, last] = [captured[0], captured.at(-1)]
  return losses !== null || lostMs === 0 || first === undefined || last === undefined ? [] : [interval('lost', first[0], last[1], 'both', lostMs)]
}

/** What was captured beyond the records, where it is more than two clocks can differ. */
function excessesOf(captured: IntervalSet, expected: IntervalSet, toleranceMs: number): Interval<ExcessReason>[] {
  const first = expected[0]
  return expected
    .reduce((set, [from, to]) => subtract(set, from, to), captured)
    .flatMap(([from, to]) => {
      const tolerated = expected.reduce<IntervalSet>((set, [a, b]) => subtract(set, a - toleranceMs, b + toleranceMs), [[from, to]])
      if (tolerated.length === 0) return []
      return [interval<ExcessReason>(first === undefined ? 'not-in-call' : to <= first[0] ? 'before-answer' : 'after-release', from, to)]
    })
}

function within(set: IntervalSet, bounds: IntervalSet): IntervalSet {
  return bounds.reduce<IntervalSet>((all, [from, to]) => intersect(set, from, to).reduce((into, [a, b]) => add(into, a, b), all), [])
}
