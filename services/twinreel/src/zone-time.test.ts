import { expect, test } from 'vitest'
import { zoneTime } from './zone-time.ts'

test.each([
  ['2026-01-15T09:00:00.250Z', 'UTC', '2026-01-15 09:00:00 +00:00'],
  ['2026-01-15T23:30:00Z', 'Europe/Berlin', '2026-01-16 00:30:00 +01:00'],
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29 03:00:00 +02:00'],
  ['2026-01-15T23:30:00Z', 'Asia/Kolkata', '2026-01-16 05:00:00 +05:30'],
  ['2026-01-15T02:00:00Z', 'America/New_York', '2026-01-14 21:00:00 -05:00'],
])('%s is, by the clocks of %s, %s', (time, zone, shown) => {
  expect(zoneTime(Date.parse(time), zone)).toBe(shown)
})
