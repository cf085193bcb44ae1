import { expect, test } from 'vitest'
import { awakeTime } from './awake-time.ts'

function timed() {
  let readMs = 7_000
  const awake = awakeTime(() => readMs)
  return {
    awake,
    after(ms: number): number {
      readMs += ms
      return awake.nowMs()
    },
  }
}

test('time passes as the process runs', () => {
  const { after } = timed()
  expect([after(500), after(0), after(2_500)]).toEqual([500, 500, 3_000])
})

test('of hours in which the process stood still five seconds count', () => {
  const { after } = timed()
  expect([after(1_000), after(3 * 3_600_000), after(1_000)]).toEqual([1_000, 6_000, 7_000])
})

test('it never goes back', () => {
  const { after } = timed()
  expect([after(1_000), after(-500), after(200)]).toEqual([1_000, 1_000, 1_200])
})
