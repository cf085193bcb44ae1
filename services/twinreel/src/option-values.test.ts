import { expect, test } from 'vitest'
import { dateOrTime, time } from './option-values.ts'

test('a day that no month has is refused, not taken for one of the next month', () => {
  for (const text of ['2026-02-29', '2026-04-31', '2026-13-01', '2026-02-30T10:00:00Z', '2026-1-1', 'tomorrow'])
    expect(() => dateOrTime(text)).toThrow('It must be')
  expect(() => time('2026-02-29T10:00:00+02:00')).toThrow('It must be an ISO 8601 time')
  expect(dateOrTime('2028-02-29')).toBe(Date.UTC(2028, 1, 29))
  expect(dateOrTime('2026-01-01T00:30:00+02:00')).toBe(Date.UTC(2025, 11, 31, 22, 30))
})
