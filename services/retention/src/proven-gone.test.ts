import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareKeys } from '@twinreel/object-store/key'
import { StoreError, type ObjectStore, type RemainingPage } from '@twinreel/object-store/port'
import { recordingPrefix, type RecordingPath } from '@twinreel/recording/keys'
import { provenGone } from './proven-gone.ts'

type Order = (a: string, b: string) => number

const ORDERS: readonly Order[] = [compareKeys, (a, b) => (a < b ? -1 : Number(a > b))]

/** What a store with these keys answers, in pages of `most`. */
function storeOf(keys: readonly string[], most: number, order: Order = compareKeys) {
  const asked: string[] = []
  const remains: ObjectStore['remains'] = ({ prefix, after = '', limit = most }) => {
    asked.push(after)
    const length = Math.min(limit, most)
    const all = keys.filter((key) => key.startsWith(prefix) && order(key, after) > 0).toSorted(order)
    const page: RemainingPage = { keys: all.slice(0, length), next: all.length > length ? (all[length - 1] ?? null) : null }
    return Promise.resolve(page)
  }
  const unused = () => Promise.reject(new Error('a proof only looks'))
  const store: ObjectStore = {
    conditionalWrites: 'enforced',
    isRemote: true,
    remains,
    putIfAbsent: unused,
    head: unused,
    get: unused,
    list: unused,
    deleteMany: unused,
    close: unused,
  }
  return { store, asked }
}

// Neighbours in order and in name; ids of today are ASCII, rows may be older.
const part = fc.constantFrom('a', 'a-', 'a.', 'a0', 'b', 'b1', 'ﬁ', '📞')
const path: fc.Arbitrary<RecordingPath> = fc.record({ orgId: part, ownerId: part, recordingId: part })
const name = fc.constantFrom('00000.wav', 'manifest.json', '00000-0123456789abcdef.wav')

test('what is said to be gone has nothing left, whatever else lies there, and takes hardly more pages than there are recordings', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(path, { selector: recordingPrefix, minLength: 1, maxLength: 60 }),
      fc.array(fc.tuple(path, name), { maxLength: 80 }),
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom(...ORDERS),
      async (claimed, objects, limit, order) => {
        const keys = [...new Set(objects.map(([of, file]) => recordingPrefix(of) + file))]
        const { store, asked } = storeOf(keys, limit, order)
        const { gone } = await provenGone(store, claimed)
        const left = claimed.filter((recording) => keys.some((key) => key.startsWith(recordingPrefix(recording))))
        expect(left.filter((recording) => gone.has(recording))).toEqual([])
        expect(asked.length).toBeLessThanOrEqual(claimed.length + claimed.length / 8 + 1)
      },
    ),
    { numRuns: 500 },
  )
})

const many = Array.from({ length: 2_000 }, (_, n) => ({ orgId: 'acme', ownerId: `user-${n % 7}`, recordingId: `rec-${String(n).padStart(5, '0')}` }))

test('one page of each owner proves two thousand recordings of which nothing is left, and one page those of many owners', async () => {
  const { store, asked } = storeOf([], 1_000)
  expect((await provenGone(store, many)).gone.size).toBe(2_000)
  expect(asked).toHaveLength(7)
  const one = many.map((recording, n) => ({ ...recording, ownerId: `user-${n}` }))
  expect((await provenGone(store, one)).gone.size).toBe(2_000)
  expect(asked).toHaveLength(8)
})

test('a range that fails while others delete in it is left to each by itself, and the next is asked', async () => {
  const { store } = storeOf([], 1_000)
  const busy: ObjectStore = {
    ...store,
    async remains(asked) {
      if (asked.prefix === 'recordings/acme/user-3/') throw new StoreError('500 InternalError', { retriable: true })
      return store.remains(asked)
    },
  }
  const { gone, failure } = await provenGone(busy, many)
  expect(failure).toBeNull()
  expect(many.filter((recording) => !gone.has(recording)).map(({ ownerId }) => ownerId)).toEqual(Array.from({ length: 286 }, () => 'user-3'))
})

test('where most is kept, ranges are given up instead of paging through it', async () => {
  const kept = many.flatMap((recording, n) => (n % 40 === 0 ? [] : [`${recordingPrefix(recording)}00000.wav`]))
  const claimed = many.filter((_, n) => n % 40 === 0)
  const { store, asked } = storeOf(kept, 100)
  await provenGone(store, claimed)
  expect(asked.length).toBeLessThanOrEqual(7)
})

test('a store that does not answer proves nothing, and why is told; an answer that can’t be used is left to each by itself', async () => {
  const { store } = storeOf([], 1_000)
  const failing = (error: Error): ObjectStore => ({
    ...store,
    async remains() {
      throw error
    },
  })
  const away = await provenGone(failing(new StoreError('503 SlowDown', { retriable: true })), many)
  expect([away.gone.size, away.failure]).toEqual([0, '503 SlowDown'])
  const unreadable = await provenGone(failing(new StoreError('a key that can’t be read', { retriable: false })), many)
  expect([unreadable.gone.size, unreadable.failure]).toEqual([0, null])
})
