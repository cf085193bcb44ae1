import { expect, test } from 'vitest'
import { StoreError } from '../port.ts'
import { eachTestWithStore, keysOf, type MakeStore, object } from './fixture.ts'

export type KeyOrder = 'utf-8' | 'utf-16'

// A hyphen and a dot stand before the slash, digits after it; of U+FB01 and U+1F4DE the order decides.
const PLAIN = ['A/z', 'a-b/c', 'a.txt', 'a/b', 'a/b-c', 'a/c/d', 'a/c/e', 'a/c0', 'a0', 'ab/c', 'b']

export function listContract(makeStore: MakeStore, order: KeyOrder): void {
  const sorted = [...PLAIN, ...(order === 'utf-8' ? ['ﬁ', '📞'] : ['📞', 'ﬁ'])]
  const made = eachTestWithStore(makeStore)

  test('lists by key, in the order of the bytes of the whole key, with sizes', async () => {
    const { store, prefix } = made()
    await Promise.all(sorted.toReversed().map((key) => store.putIfAbsent(object(prefix + key, key))))
    const page = await store.list({ prefix })
    expect(page.objects.map(({ key }) => key)).toEqual(sorted.map((key) => prefix + key))
    expect(page.objects.map(({ sizeBytes }) => sizeBytes)).toEqual(sorted.map((key) => Buffer.byteLength(key)))
    expect(page.next).toBeNull()
  })

  test.each([1, 2, 5, sorted.length])('goes on where a page of %i ended', async (limit) => {
    const { store, prefix } = made()
    await Promise.all(sorted.map((key) => store.putIfAbsent(object(prefix + key, 'x'))))
    expect(await keysOf(store, prefix, limit)).toEqual(sorted.map((key) => prefix + key))
  })

  test('a prefix is a piece of text, not a folder, and a start need not exist', async () => {
    const { store, prefix } = made()
    await Promise.all(sorted.map((key) => store.putIfAbsent(object(prefix + key, 'x'))))
    const keys = async (text: string, after?: string) =>
      (await store.list({ prefix: prefix + text, ...(after === undefined ? {} : { after: prefix + after }) })).objects.map(({ key }) =>
        key.slice(prefix.length),
      )
    expect(await keys('a')).toEqual(sorted.slice(1, 10))
    expect(await keys('a/c')).toEqual(['a/c/d', 'a/c/e', 'a/c0'])
    expect(await keys('a/c/')).toEqual(['a/c/d', 'a/c/e'])
    expect(await keys('a/', 'a/bb')).toEqual(['a/c/d', 'a/c/e', 'a/c0'])
    expect(await keys('a/', 'a')).toEqual(['a/b', 'a/b-c', 'a/c/d', 'a/c/e', 'a/c0'])
    expect(await keys('a/', 'b')).toEqual([])
    expect(await keys('nothing')).toEqual([])
  })

  test('what was there all the while is listed once while others come and go', async () => {
    const { store, prefix } = made()
    const stay = Array.from({ length: 30 }, (_, n) => `${prefix}${n % 5}/stay-${String(n).padStart(2, '0')}`)
    await Promise.all(stay.map((key) => store.putIfAbsent(object(key, 'x'))))
    let listing = true
    const others = async (name: string) => {
      for (let n = 0; listing; n++) {
        const key = `${prefix}${n % 7}/${name}-${n}`
        await store.putIfAbsent(object(key, 'y'))
        await store.deleteMany([key])
      }
    }
    const coming = Promise.all([others('come'), others('visit')])
    for (let round = 0; round < 5; round++) {
      const keys = await keysOf(store, prefix, 7)
      expect(keys.filter((key) => key.includes('/stay-'))).toEqual(stay.toSorted())
      expect(new Set(keys).size).toBe(keys.length)
    }
    listing = false
    await coming
  })

  test.each([0, 1001, 1.5])('refuses a limit of %d', async (limit) => {
    const { store, prefix } = made()
    await expect(store.list({ prefix, limit })).rejects.toBeInstanceOf(StoreError)
  })
}
