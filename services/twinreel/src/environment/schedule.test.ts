import { expect, test } from 'vitest'
import { isSchedule } from './schedule.ts'

test.each(['*/30 * * * * *', '0 3 * * *', '0,30 0-59/5 1-2 1,15 * 7', ' 0  3 * * * '])('%s is a schedule', (expression) => {
  expect(isSchedule(expression)).toBe(true)
})

test.each(['', '* * * *', '60 * * * * *', '0 24 * * *', '0 0 0 * *', '5-1 * * * *', '*/0 * * * *', '5/2 * * * *', 'a * * * *', '1,,2 * * * *'])(
  '“%s” is none',
  (expression) => {
    expect(isSchedule(expression)).toBe(false)
  },
)
