import fc from 'fast-check'
import { expect, it } from 'vitest'
import { zoneTime } from '../zone-time.ts'
import { localTimesOf } from './local-times.ts'

it('every moment is found again from what a zone’s clocks showed then', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Kiritimati']) {
    const localTimes = localTimesOf(zone)
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2040, 0) }), (timeMs) => {
        const wholeMs = timeMs - (timeMs % 1_000)
        const localMs = Date.parse(`${zoneTime(wholeMs, zone).slice(0, 19).replace(' ', 'T')}Z`)
        expect(localTimes(localMs)).toContain(wholeMs)
      }),
      { seed: 5, numRuns: 200 },
    )
  }
})

it('an hour that comes twice gives two moments, one that is skipped none', () => {
  const berlin = localTimesOf('Europe/Berlin')
  expect(berlin(Date.UTC(2026, 9, 25, 2, 30))).toEqual([Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)])
  expect(berlin(Date.UTC(2026, 2, 29, 2, 30))).toEqual([])
  expect(berlin(Date.UTC(2026, 0, 31, 10, 0, 0, 250))).toEqual([Date.UTC(2026, 0, 31, 9, 0, 0, 250)])
})
