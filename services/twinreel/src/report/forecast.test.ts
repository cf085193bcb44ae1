import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forecast, perDay, type ForecastInput } from './forecast.ts'

const DAY_MS = 86_400_000
const GIB = 1_073_741_824
const FROM_MS = Date.UTC(2026, 0, 15)
const PRICES = { currency: 'coins', storagePerGibMonth: 0.73, requestsPer1000: { put: 1, list: 2, delete: 4 } }
const amount = (recordings: number) => ({ recordings, objects: recordings * 3, sizeBytes: recordings * GIB })
const plain: ForecastInput = { fromMs: FROM_MS, days: 3, stored: amount(10), expiries: [], intake: null, prices: null }

test('what is known to go frees its day, and costs less from the next day on', () => {
  const days = forecast({ ...plain, expiries: [{ day: 1, ...amount(4) }], prices: PRICES })
  expect(days.map(({ stored, freed }) => [stored.recordings, freed.recordings])).toEqual([
    [10, 0],
    [10, 4],
    [6, 0],
  ])
  // 730 hours a month: a GiB costs 0.73 / (730 / 24) = 0.024 a day.
  expect(days.map(({ cost }) => cost?.storage.toFixed(6))).toEqual(['0.240000', '0.240000', '0.144000'])
  // 16 listings and one request for 12 keys.
  expect(days[1]).toMatchObject({ beginsMs: FROM_MS + DAY_MS, requests: { put: 0, list: 16, delete: 1 }, cost: { requests: (16 * 2 + 4) / 1_000 } })
})

test('what comes in on Go goes thirty days later, the rest stays', () => {
  const days = forecast({ ...plain, days: 40, stored: amount(0), intake: { go: amount(2), others: amount(1) } })
  expect(days[29]).toMatchObject({ added: amount(3), freed: amount(0), stored: amount(87) })
  expect(days[30]).toMatchObject({ freed: amount(2), stored: amount(90), requests: { put: 9 } })
  expect(days[39]?.stored).toEqual(amount(99))
})

test('nothing is lost or made up: what is left is what there was and came, less what went', () => {
  const some = fc.nat({ max: 1_000 }).map(amount)
  const expiry = fc.record({ day: fc.nat({ max: 59 }), n: fc.nat({ max: 9 }) })
  fc.assert(
    fc.property(
      fc.uniqueArray(expiry, { selector: ({ day }) => day }),
      fc.option(fc.record({ go: some, others: some })),
      fc.integer({ min: 1, max: 60 }),
      (list, intake, days) => {
        const expiries = list.map(({ day, n }) => ({ day, ...amount(n) }))
        const start = amount(1_000)
        const told = forecast({ ...plain, days: days + 1, stored: start, expiries, intake, prices: PRICES })
        const before = told.slice(0, days)
        const came = before.reduce((sum, { added }) => sum + added.sizeBytes, 0)
        const went = before.reduce((sum, { freed }) => sum + freed.sizeBytes, 0)
        expect(told[days]?.stored.sizeBytes).toBeCloseTo(start.sizeBytes + came - went, 0)
        for (const { stored, cost } of told) {
          expect(stored.recordings).toBeGreaterThanOrEqual(0)
          expect(cost?.storage).toBeGreaterThanOrEqual(0)
        }
      },
    ),
  )
})

test('an average of some days is a day’s part', () => {
  expect(perDay({ recordings: 10, objects: 30, sizeBytes: 5 }, 10)).toEqual({ recordings: 1, objects: 3, sizeBytes: 0.5 })
})
