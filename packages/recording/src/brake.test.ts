import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BRAKE_LIMITS, dueCause, isUnusual, weigh, type BrakeFacts, type DueCause, type Moment } from './brake.ts'

const NOW_MS = Date.UTC(2026, 5, 1)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LATE: DueCause = { kind: 'late' }
const MOVED: DueCause = { kind: 'moved' }

function facts(some: Partial<BrakeFacts>): BrakeFacts {
  return { nowMs: NOW_MS, caughtUpMs: null, waiting: [], planned: new Map(), claimed: [], ...some }
}

function weighed(some: Partial<BrakeFacts>) {
  const { unexplained, heaviest } = weigh(facts(some), BRAKE_LIMITS)
  return { unexplained, heaviest }
}

describe('what explains that a recording is due', () => {
  const expired = { why: 'go-tier-expired', dueAtMs: NOW_MS, isMoved: false, changeId: null, caughtUpMs: NOW_MS - 1 } as const

  test('that it expired since the last run that finished, or before any', () => {
    expect(dueCause(expired)).toEqual({ kind: 'in-course' })
    expect(dueCause({ ...expired, caughtUpMs: null, dueAtMs: 0 })).toEqual({ kind: 'in-course' })
  })

  test('nothing, when it should have gone with an earlier run', () => {
    expect(dueCause({ ...expired, caughtUpMs: NOW_MS })).toEqual(LATE)
    expect(dueCause({ ...expired, isMoved: true, caughtUpMs: NOW_MS })).toEqual(LATE)
  })

  test('nothing, when its owner became free later than it ended; but for a confirmed change', () => {
    expect(dueCause({ ...expired, isMoved: true })).toEqual(MOVED)
    expect(dueCause({ ...expired, isMoved: true, changeId: 'change-1' })).toEqual({ kind: 'planned', changeId: 'change-1' })
    expect(dueCause({ ...expired, changeId: 'change-1' })).toEqual({ kind: 'in-course' })
  })

  test('that somebody asked for it, or nobody kept it', () => {
    for (const why of ['not-kept', 'deletion-requested'] as const) expect(dueCause({ ...expired, why, caughtUpMs: NOW_MS })).toEqual({ kind: 'asked' })
  })
})

describe('what is unusual', () => {
  test('is more than a thousand and more than a fifth, unless configured otherwise', () => {
    expect(isUnusual(1_001, 5_004, BRAKE_LIMITS)).toBe(true)
    expect(isUnusual(1_001, 5_005, BRAKE_LIMITS)).toBe(false)
    expect(isUnusual(1_000, 1_000, BRAKE_LIMITS)).toBe(false)
    expect(isUnusual(2, 4, { recordings: 1, share: 0.4 })).toBe(true)
  })

  test('a confirmed change explains as many recordings as it was confirmed for, and what goes beyond is counted when it fell due', () => {
    const planned = { cause: { kind: 'planned', changeId: 'c' }, dueAtMs: NOW_MS - DAY_MS, count: 5_000 } as const
    expect(weighed({ waiting: [planned], planned: new Map([['c', 5_000]]) })).toEqual({ unexplained: 0, heaviest: 0 })
    expect(weighed({ waiting: [planned], planned: new Map([['c', 4_000]]) })).toEqual({ unexplained: 1_000, heaviest: 1_000 })
    expect(weighed({ waiting: [planned, { ...planned, count: 7 }], planned: new Map([['c', 5_003]]) })).toEqual({ unexplained: 4, heaviest: 4 })
    expect(weighed({ waiting: [planned] })).toEqual({ unexplained: 5_000, heaviest: 5_000 })
    expect(weighed({ waiting: [planned], planned: new Map([['c', -3]]) })).toEqual({ unexplained: 5_000, heaviest: 5_000 })
    // Counted now, where it should have gone long ago.
    const late = { waiting: [planned], caughtUpMs: NOW_MS, claimed: [{ atMs: NOW_MS, count: 1 }] }
    expect(weighed(late).heaviest).toBe(5_001)
  })

  test('moves that fell due a day apart or more are not added up, moves within a day are', () => {
    const at = (ago: number): BrakeFacts['waiting'][number] => ({ cause: MOVED, dueAtMs: NOW_MS - ago, count: 900 })
    expect(weighed({ waiting: [at(0), at(DAY_MS), at(2 * DAY_MS)] })).toEqual({ unexplained: 2_700, heaviest: 900 })
    expect(weighed({ waiting: [at(0), at(DAY_MS - 1)] })).toEqual({ unexplained: 1_800, heaviest: 1_800 })
  })

  test('what was due when somebody confirmed it weighs nothing, and what became due since is weighed as if that were all', () => {
    const [before, since] = [NOW_MS - 10 * HOUR_MS, NOW_MS - HOUR_MS]
    const waiting = [
      { cause: MOVED, dueAtMs: since, count: 7 },
      { cause: MOVED, dueAtMs: before, count: 20 },
      { cause: { kind: 'planned', changeId: 'c' }, dueAtMs: before, count: 5 },
      { cause: LATE, dueAtMs: NOW_MS, count: 3 },
    ] as const
    const some = facts({ waiting, planned: new Map([['c', 4]]), claimed: [{ atMs: NOW_MS, count: 2 }] })
    expect(weigh(some, BRAKE_LIMITS, before)).toEqual({ unexplained: 7, heaviest: 9, confirmed: 24 })
    expect(weigh(some, BRAKE_LIMITS, before - 1)).toEqual({ unexplained: 28, heaviest: 30, confirmed: 3 })
    expect(weigh(some, BRAKE_LIMITS)).toEqual({ unexplained: 31, heaviest: 33, confirmed: 0 })
  })

  test('what is late counts now, however long ago it should have gone', () => {
    const waiting = [1, 2, 3].map((days) => ({ cause: LATE, dueAtMs: NOW_MS - days * DAY_MS, count: 900 }))
    expect(weighed({ waiting })).toEqual({ unexplained: 2_700, heaviest: 2_700 })
  })

  test('what went before counts with what waits, and by itself it stops nothing', () => {
    const claimed = [{ atMs: NOW_MS - HOUR_MS, count: 5_000 }]
    expect(weighed({ claimed })).toEqual({ unexplained: 0, heaviest: 0 })
    expect(weighed({ claimed, waiting: [{ cause: MOVED, dueAtMs: NOW_MS, count: 1 }] })).toEqual({ unexplained: 1, heaviest: 5_001 })
    expect(weighed({ claimed, waiting: [{ cause: MOVED, dueAtMs: NOW_MS + DAY_MS, count: 1 }] })).toEqual({ unexplained: 1, heaviest: 1 })
  })
})

const moment = fc.record({ atMs: fc.integer({ min: 0, max: 5 * 24 }).map((hours) => NOW_MS - hours * HOUR_MS), count: fc.integer({ min: 1, max: 2_000 }) })
const explained = fc.constantFrom<DueCause>({ kind: 'in-course' }, { kind: 'asked' })

/** All moments, told apart by trying every window that begins with one: slower, and plainly right. */
function heaviestByHand(waiting: readonly Moment[], claimed: readonly Moment[]): number {
  const all = [...waiting, ...claimed]
  const windows = all.map(({ atMs: fromMs }) => {
    const inside = ({ atMs }: Moment): boolean => atMs >= fromMs && atMs < fromMs + DAY_MS
    return waiting.some(inside) ? all.filter(inside).reduce((sum, { count }) => sum + count, 0) : 0
  })
  return Math.max(0, ...windows)
}

test('whatever is explained never stops a run, and takes no part in what does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(explained, moment)), fc.array(moment), fc.array(moment), (harmless, odd, claimed) => {
      const waiting = odd.map(({ atMs, count }) => ({ cause: MOVED, dueAtMs: atMs, count }))
      const more = harmless.map(([cause, { atMs, count }]) => ({ cause, dueAtMs: atMs, count }))
      expect(weighed({ waiting: [...more, ...waiting], claimed })).toEqual(weighed({ waiting, claimed }))
      expect(weighed({ waiting: more, claimed }).heaviest).toBe(0)
    }),
  )
})

test('the heaviest window is the heaviest of all that can be tried', () => {
  fc.assert(
    fc.property(fc.array(moment), fc.array(moment), (waiting, claimed) => {
      const result = weighed({ waiting: waiting.map(({ atMs, count }) => ({ cause: MOVED, dueAtMs: atMs, count })), claimed })
      expect(result.heaviest).toBe(heaviestByHand(waiting, claimed))
    }),
  )
})

test('in whatever portions it comes due, no more than the limit goes within a day before the run stops', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 100 }), (portions) => {
      const claimed: Moment[] = []
      for (const [index, count] of portions.entries()) {
        const atMs = NOW_MS + index * HOUR_MS
        const { heaviest } = weigh(facts({ nowMs: atMs, waiting: [{ cause: MOVED, dueAtMs: atMs, count }], claimed }), BRAKE_LIMITS)
        if (!isUnusual(heaviest, 0, BRAKE_LIMITS)) claimed.push({ atMs, count })
      }
      expect(heaviestByHand(claimed, [])).toBeLessThanOrEqual(BRAKE_LIMITS.recordings)
    }),
  )
})

test('more that is not explained never lets a run go on that was stopped', () => {
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1 }), moment, fc.nat(10_000), (odd, more, total) => {
      const stops = (moments: readonly Moment[]): boolean =>
        isUnusual(weighed({ waiting: moments.map(({ atMs, count }) => ({ cause: LATE, dueAtMs: atMs, count })) }).heaviest, total, BRAKE_LIMITS)
      if (stops(odd)) expect(stops([...odd, more])).toBe(true)
    }),
  )
})
