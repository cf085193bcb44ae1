import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BACKWARD_LIMIT_MS, JUMP_LIMIT_MS, clockFault } from './clock-guard.ts'

const START_MS = Date.UTC(2026, 0, 15)
const none = { trusted: null, watermarkMs: null, witnessMs: null }
const at = (wallMs: number, monotonicMs = 0): { wallMs: number; monotonicMs: number } => ({ wallMs, monotonicMs })

test('a first run trusts any clock, and a later process any time after the last run', () => {
  expect(clockFault({ ...none, now: at(0) })).toBeNull()
  expect(clockFault({ ...none, now: at(START_MS + 7 * 24 * 3_600_000), watermarkMs: START_MS })).toBeNull()
  expect(clockFault({ ...none, now: at(START_MS - BACKWARD_LIMIT_MS), watermarkMs: START_MS })).toBeNull()
  expect(clockFault({ ...none, now: at(START_MS - BACKWARD_LIMIT_MS - 1), watermarkMs: START_MS })).toContain('an earlier run was at 2026-01-15T00:00:00.000Z')
})

test('within a process a clock is trusted exactly when it kept step with the time that passed, to the hour', () => {
  fc.assert(
    fc.property(fc.nat(10 * 24 * 3_600_000), fc.integer({ min: -2 * JUMP_LIMIT_MS, max: 2 * JUMP_LIMIT_MS }), (elapsedMs, driftMs) => {
      const fault = clockFault({ ...none, trusted: at(START_MS, 5_000), now: at(START_MS + elapsedMs + driftMs, 5_000 + elapsedMs) })
      expect(fault === null).toBe(Math.abs(driftMs) <= JUMP_LIMIT_MS)
    }),
  )
})
