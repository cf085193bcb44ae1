import { expect, test } from 'vitest'
import { StoreError } from '../port.ts'
import { bytesOf, eachTestWithStore, keysOf, type MakeStore, object, sha256Of } from './fixture.ts'

export function putContract(makeStore: MakeStore): void {
  const made = eachTestWithStore(makeStore)

  test('gives back what was put, whole, with its size and the time of the put', async () => {
    const { store, prefix } = made()
    const body = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251)
    const key = `${prefix}00000.wav`
    expect(await store.putIfAbsent(object(key, body))).toEqual({ kind: 'written' })
    const read = await store.get(key)
    expect(read?.byteLength).toBe(300_000)
    expect(sha256Of(read ?? new Uint8Array())).toBe(sha256Of(body))
    const head = await store.head(key)
    expect(head).toMatchObject({ key, sizeBytes: 300_000 })
    expect([null, sha256Of(body)]).toContain(head?.sha256)
    expect(head?.modifiedAtMs).toBeGreaterThan(Date.UTC(2020, 0, 1))
  })

  test('keeps an empty object and a key in any script', async () => {
    const { store, prefix } = made()
    const key = `${prefix}日本/ü 📞+%20&=.json`
    await store.putIfAbsent(object(key, ''))
    expect(await store.get(key)).toEqual(new Uint8Array(0))
    expect(await store.head(key)).toMatchObject({ key, sizeBytes: 0 })
    expect(await keysOf(store, prefix)).toEqual([key])
  })

  test.each([' a ', '<a>&amp;"\'.json', 'a%2Fb', 'a+b', '~!*()=,;:@$?#[]{}|^`', '%', 'ａ📞é'])('keeps the key %j as it is', async (name) => {
    const { store, prefix } = made()
    const key = `${prefix}${name}/${name}`
    expect(await store.putIfAbsent(object(key, 'x'))).toEqual({ kind: 'written' })
    expect(await store.get(key)).toEqual(bytesOf('x'))
    expect(await keysOf(store, `${prefix}${name}/`)).toEqual([key])
    expect(await store.deleteMany([key])).toMatchObject([{ key, deleted: true }])
    expect(await store.head(key)).toBeNull()
  })

  test('never replaces: the second writer is told what is there', async () => {
    const { store, prefix } = made()
    await store.putIfAbsent(object(`${prefix}a`, 'first'))
    const same = await store.putIfAbsent(object(`${prefix}a`, 'first'))
    const other = await store.putIfAbsent(object(`${prefix}a`, 'another one'))
    expect(same).toEqual({ kind: 'exists', sha256: sha256Of(bytesOf('first')), sizeBytes: 5 })
    expect(other).toEqual(same)
    expect(await store.get(`${prefix}a`)).toEqual(bytesOf('first'))
  })

  test('a put that may not begin writes nothing, and fails as one that may be tried again', async () => {
    const { store, prefix } = made()
    const failure: unknown = await store.putIfAbsent({ ...object(`${prefix}late`, 'x'), mayBegin: () => false }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreError)
    expect(failure).toMatchObject({ retriable: true })
    expect(await store.head(`${prefix}late`)).toBeNull()
    expect(await store.putIfAbsent({ ...object(`${prefix}late`, 'x'), mayBegin: () => true })).toEqual({ kind: 'written' })
  })

  test('of twenty writers of one key exactly one has written', async () => {
    const { store, prefix } = made()
    const bodies = Array.from({ length: 20 }, (_, n) => new Uint8Array(50_000).fill(n))
    const outcomes = await Promise.all(bodies.map((body) => store.putIfAbsent(object(`${prefix}contested`, body))))
    const winner = outcomes.findIndex(({ kind }) => kind === 'written')
    const won = sha256Of(bodies[winner] ?? new Uint8Array())
    const losers = outcomes.filter(({ kind }) => kind === 'exists')
    expect(losers).toEqual(Array.from({ length: 19 }, () => ({ kind: 'exists', sha256: won, sizeBytes: 50_000 })))
    expect(sha256Of((await store.get(`${prefix}contested`)) ?? new Uint8Array())).toBe(won)
  })

  test('refuses bytes that do not have the SHA-256 given, and nothing of them is to be seen', async () => {
    const { store, prefix } = made()
    const put = { ...object(`${prefix}a`, 'what arrived'), sha256: sha256Of(bytesOf('what was sent')) }
    await expect(store.putIfAbsent(put)).rejects.toBeInstanceOf(StoreError)
    expect(await store.head(`${prefix}a`)).toBeNull()
    expect(await keysOf(store, prefix)).toEqual([])
    expect(await store.putIfAbsent(object(`${prefix}a`, 'what arrived'))).toEqual({ kind: 'written' })
  })

  test('reads any range, cut at the end of the object', async () => {
    const { store, prefix } = made()
    const key = `${prefix}a`
    await store.putIfAbsent(object(key, '0123456789'))
    const range = async (start: number, endExclusive: number) => new TextDecoder().decode((await store.get(key, { start, endExclusive })) ?? undefined)
    expect(await range(0, 4)).toBe('0123')
    expect(await range(4, 5)).toBe('4')
    expect(await range(8, 100)).toBe('89')
    expect(await range(3, 3)).toBe('')
    expect(await range(10, 20)).toBe('')
    expect(await range(50, 60)).toBe('')
    expect(await range(7, Infinity)).toBe('789')
    await store.putIfAbsent(object(`${prefix}empty`, ''))
    expect(await store.get(`${prefix}empty`, { start: 0, endExclusive: 4 })).toEqual(new Uint8Array())
    await expect(store.get(key, { start: 5, endExclusive: 4 })).rejects.toBeInstanceOf(StoreError)
    await expect(store.get(key, { start: -1, endExclusive: 4 })).rejects.toBeInstanceOf(StoreError)
  })

  test('answers null for what is not there', async () => {
    const { store, prefix } = made()
    await store.putIfAbsent(object(`${prefix}folder/a`, 'x'))
    for (const key of [`${prefix}missing`, `${prefix}folder`, `${prefix}missing/deeper/still`]) {
      expect(await store.head(key)).toBeNull()
      expect(await store.get(key)).toBeNull()
      expect(await store.get(key, { start: 0, endExclusive: 10 })).toBeNull()
    }
  })

  test.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', '.hidden', 'a\\b', 'a\0b', 'x'.repeat(300)])('refuses the key %j', async (key) => {
    const { store } = made()
    await expect(store.putIfAbsent(object(key, 'x'))).rejects.toBeInstanceOf(StoreError)
    await expect(store.get(key)).rejects.toBeInstanceOf(StoreError)
    await expect(store.head(key)).rejects.toBeInstanceOf(StoreError)
  })
}
