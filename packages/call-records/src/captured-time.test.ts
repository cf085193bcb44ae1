import { add, total, type IntervalSet } from '@twinreel/media/intervals'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CapturedRecording } from './captured-call.ts'
import { compareTime } from './captured-time.ts'

function recording(over: Partial<CapturedRecording> = {}): CapturedRecording {
  return {
    recordingId: 'r',
    mode: 'always',
    isAnnounced: false,
    startMs: 0,
    endMs: 10_000,
    endReason: 'call-ended',
    captured: [[0, 10_000]],
    losses: [],
    lostMs: 0,
    paused: [],
    pausedMs: 0,
    ...over,
  }
}
const gapsOf = (recordings: CapturedRecording[], expected: IntervalSet, toleranceMs = 0) =>
  compareTime(recordings, expected, toleranceMs).gaps.map(({ reason, channel, fromMs, toMs }) => [reason, channel, fromMs, toMs])

it('every millisecond of a user’s time in a call is captured, missing for a reason, left out for a reason, or tolerated at an edge', () => {
  const cut = fc.tuple(fc.integer({ min: -3_000, max: 60_000 }), fc.integer({ min: 1, max: 20_000 }))
  const part = fc.record({
    gapMs: fc.integer({ min: 0, max: 5_000 }),
    spans: fc.array(fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 0, max: 4_000 })), { maxLength: 4 }),
    endReason: fc.constantFrom('idle', 'stopped', 'owner-left', 'log-lost', 'call-ended'),
    isAnnounced: fc.boolean(),
    mode: fc.constantFrom('always' as const, 'on-demand-user-start' as const),
    knowsPauses: fc.boolean(),
  })
  fc.assert(
    fc.property(cut, fc.array(part, { maxLength: 4 }), fc.integer({ min: 0, max: 3_000 }), ([from, lengthMs], parts, toleranceMs) => {
      let at = 0
      const recordings = parts.map(({ gapMs, spans, knowsPauses, ...rest }) => {
        const startMs = (at += gapMs)
        let [captured, paused]: [IntervalSet, IntervalSet] = [[], []]
        for (const [capturedMs, pausedMs] of spans) {
          captured = add(captured, at, at + capturedMs)
          paused = add(paused, at + capturedMs, at + capturedMs + pausedMs)
          at += capturedMs + pausedMs
        }
        return recording({ ...rest, startMs, endMs: at, captured, paused: knowsPauses ? paused : [], pausedMs: knowsPauses ? 0 : total(paused) })
      })
      const time = compareTime(recordings, [[from, from + lengthMs]], toleranceMs)
      const missed = [...time.gaps, ...time.onPurpose].reduce((sum, { lengthMs: ms }) => sum + ms, 0)
      const untold = lengthMs - time.capturedMs - missed
      // The edges, and the time between the log's answer and the first recording.
      expect(untold).toBeGreaterThanOrEqual(0)
      expect(untold).toBeLessThanOrEqual(3 * toleranceMs)
      if (toleranceMs === 0) expect(untold).toBe(0)
    }),
    { seed: 3, numRuns: 2_000 },
  )
})

it('differences of two clocks are tolerated at the edges alone', () => {
  expect(gapsOf([recording()], [[-900, 10_900]], 1_000)).toEqual([])
  expect(gapsOf([recording()], [[-1_100, 11_200]], 1_000)).toEqual([
    ['late-answer', 'both', -1_100, 0],
    ['early-end', 'both', 10_000, 11_200],
  ])
  const silent = recording({ captured: [[0, 4_000]], endMs: 4_000, endReason: 'idle' })
  expect(gapsOf([silent, recording({ startMs: 4_010, captured: [[4_010, 10_000]] })], [[0, 10_000]], 1_000)).toEqual([['idle-end', 'both', 4_000, 4_010]])
})

it('losses are told by side to the millisecond, a side that never sent as no media', () => {
  const losses = [
    { channel: 'near', fromMs: 100, toMs: 101 },
    { channel: 'far', fromMs: 0, toMs: 10_000 },
  ] as const
  expect(gapsOf([recording({ losses })], [[0, 10_000]])).toEqual([
    ['no-media', 'far', 0, 10_000],
    ['lost', 'near', 100, 101],
  ])
})

it('of a purged recording only the length of its losses is known', () => {
  expect(compareTime([recording({ losses: null, lostMs: 40 })], [[0, 10_000]], 0).gaps).toEqual([
    { reason: 'lost', channel: 'both', fromMs: 0, toMs: 10_000, lengthMs: 40 },
  ])
})

it('an announced start takes its time, but not for ever', () => {
  const late = (startMs: number) => recording({ isAnnounced: true, startMs, captured: [[startMs, 60_000]], endMs: 60_000 })
  expect(gapsOf([late(6_000)], [[0, 60_000]])).toEqual([])
  expect(gapsOf([late(20_001)], [[0, 60_000]])).toEqual([['late-join', 'both', 0, 20_001]])
})

it('what was captured beyond the records is too much', () => {
  expect(compareTime([recording()], [[3_000, 7_000]], 1_000).excesses.map(({ reason, fromMs, toMs }) => [reason, fromMs, toMs])).toEqual([
    ['before-answer', 0, 3_000],
    ['after-release', 7_000, 10_000],
  ])
  expect(compareTime([recording()], [[900, 9_100]], 1_000).excesses).toEqual([])
})
