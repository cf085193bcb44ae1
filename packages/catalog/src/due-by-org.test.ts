import { expect, test } from 'vitest'
import { earliestDueMs } from './due-by-org.ts'

test('of very many users who were moved one by one, each at a time of his own, the first is found whose recordings fell due', () => {
  const nowMs = 1_000_000
  const waiting = Array.from({ length: 300_000 }, (_, i) => ({ dueAtMs: nowMs - ((i * 7_919) % 300_000) }))
  expect(earliestDueMs(waiting, nowMs)).toBe(nowMs - 299_999)
  expect(earliestDueMs([], nowMs)).toBe(nowMs)
})
