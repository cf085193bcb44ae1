import { expect, test } from 'vitest'
import { lagWatch } from './lag.ts'

test('at the log’s end there is no lag, however long ago the last message came', () => {
  const watch = lagWatch()
  expect(watch.look([{ partition: 3, nextOffset: 100, endOffset: 100, readToMs: 0 }], 3_600_000)).toEqual([{ partition: 3, messages: 0, ageMs: 0 }])
})

test('who is behind is as old as the last message folded: what is unread came after it', () => {
  const watch = lagWatch()
  expect(watch.look([{ partition: 0, nextOffset: 40, endOffset: 100, readToMs: 50_000 }], 60_000)).toEqual([{ partition: 0, messages: 60, ageMs: 10_000 }])
})

test('one message after an hour of silence is no hour old', () => {
  const watch = lagWatch()
  watch.look([{ partition: 0, nextOffset: 100, endOffset: 100, readToMs: 0 }], 3_600_000)
  expect(watch.look([{ partition: 0, nextOffset: 100, endOffset: 101, readToMs: 0 }], 3_605_000)).toEqual([{ partition: 0, messages: 1, ageMs: 5_000 }])
  expect(watch.look([{ partition: 0, nextOffset: 100, endOffset: 150, readToMs: 0 }], 3_665_000)).toMatchObject([{ messages: 50, ageMs: 65_000 }])
})

test('a partition that is never read grows old from when it was first seen', () => {
  const watch = lagWatch()
  expect(watch.look([{ partition: 0, nextOffset: 0, endOffset: 9, readToMs: null }], 1_000)).toMatchObject([{ ageMs: 0 }])
  expect(watch.look([{ partition: 0, nextOffset: 0, endOffset: 9, readToMs: null }], 31_000)).toMatchObject([{ ageMs: 30_000 }])
})

test('a partition that comes back is looked at afresh', () => {
  const watch = lagWatch()
  const behind = { partition: 0, nextOffset: 0, endOffset: 9, readToMs: null }
  watch.look([behind], 1_000)
  watch.look([], 2_000)
  expect(watch.look([behind], 31_000)).toMatchObject([{ ageMs: 0 }])
})
