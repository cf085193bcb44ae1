import { expect, test } from 'vitest'
import { StoreError, type DeleteOutcome, type ObjectStore, type RemainingPage } from '../port.ts'
import { eachTestWithStore, keysOf, type MakeStore, object } from './fixture.ts'

async function remaining(store: ObjectStore, prefix: string, start = ''): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | null = start; after !== null;) {
    const page: RemainingPage = await store.remains({ prefix, ...(after === '' ? {} : { after }) })
    expect(page.keys.length).toBeLessThanOrEqual(1_000)
    keys.push(...page.keys)
    after = page.next
  }
  return keys
}

/** Whether something was found, a store may tell; if it does, it must be so. */
function allDeleted(...keys: readonly (readonly [key: string, wasThere: boolean])[]): DeleteOutcome[] {
  return keys.map(
    ([key, wasThere]) =>
      expect.toSatisfy(
        (outcome: DeleteOutcome) => outcome.key === key && outcome.deleted && [undefined, wasThere].includes(outcome.found),
        `${key} deleted, found: ${wasThere}`,
      ) as DeleteOutcome,
  )
}

export function deleteContract(makeStore: MakeStore): void {
  const made = eachTestWithStore(makeStore)

  test.each([{}, { quiet: true }])('deletes exactly these keys; one that is missing counts as deleted (%j)', async (options) => {
    const { store, prefix } = made()
    const keys = ['a', 'a-b', 'folder/a', 'folder/b'].map((key) => prefix + key)
    await Promise.all(keys.map((key) => store.putIfAbsent(object(key, 'x'))))
    const gone = [`${prefix}a`, `${prefix}folder/a`, `${prefix}missing`, `${prefix}folder`]
    expect(await store.deleteMany(gone, options)).toEqual(allDeleted(...gone.map((key, n) => [key, n < 2] as const)))
    expect(await keysOf(store, prefix)).toEqual([`${prefix}a-b`, `${prefix}folder/b`])
    expect(await store.get(`${prefix}a`)).toBeNull()
    expect(await store.head(`${prefix}folder/a`)).toBeNull()
    expect(await store.putIfAbsent(object(`${prefix}a`, 'again'))).toEqual({ kind: 'written' })
  })

  test('what remains under a prefix is what was put and not deleted', async () => {
    const { store, prefix } = made()
    const keys = ['r1/00000.wav', 'r1/manifest.json', 'r10/00000.wav', 'r2'].map((key) => prefix + key)
    await Promise.all(keys.map((key) => store.putIfAbsent(object(key, 'x'))))
    const remains = async (text: string) => (await store.remains({ prefix: prefix + text })).keys.toSorted()
    expect(await remains('')).toEqual(keys)
    expect(await remains('r1/')).toEqual(keys.slice(0, 2))
    await store.deleteMany(keys.slice(0, 1))
    expect(await remains('r1/')).toEqual(keys.slice(1, 2))
    await store.deleteMany(keys.slice(0, 2))
    expect(await remains('r1/')).toEqual([])
    expect(await remains('nothing')).toEqual([])
    expect(await remains('r')).toEqual(keys.slice(2))
    const first = await store.remains({ prefix, limit: 1 })
    const second = first.next === null ? [] : (await store.remains({ prefix, after: first.next })).keys
    expect([...first.keys, ...second].toSorted()).toEqual(keys.slice(2))
  })

  test('what remains after a key, there or not, leaves nothing out', async () => {
    const { store, prefix } = made()
    const keys = ['a-b/c', 'a/b', 'a/b-c', 'a0', 'ab/c', 'b'].map((key) => prefix + key)
    await Promise.all(keys.map((key) => store.putIfAbsent(object(key, 'x'))))
    const after = async (text: string) => (await remaining(store, prefix, prefix + text)).toSorted()
    expect(await after('A')).toEqual(keys)
    expect(await after('a/')).toEqual(keys.slice(1))
    expect(await after('a/b')).toEqual(keys.slice(2))
    expect(await after('a/c')).toEqual(keys.slice(3))
    expect(await after('b')).toEqual([])
  })

  test('of more than a thousand keys some remain, until none does', async () => {
    const { store, prefix } = made()
    const keys = Array.from({ length: 1_010 }, (_, n) => prefix + n)
    for (let at = 0; at < keys.length; at += 101) await Promise.all(keys.slice(at, at + 101).map((key) => store.putIfAbsent(object(key, ''))))
    const there = new Set(keys)
    expect((await remaining(store, prefix)).toSorted()).toEqual(keys.toSorted())
    for (let page = await store.remains({ prefix }); page.keys.length > 0; page = await store.remains({ prefix })) {
      expect(page.keys.length).toBeLessThanOrEqual(1_000)
      expect(page.keys.filter((key) => !there.has(key))).toEqual([])
      // One that a server could not delete this time is still there, and is tried again.
      for (const { key, deleted } of await store.deleteMany(page.keys)) if (deleted) there.delete(key)
    }
    expect([...there]).toEqual([])
  })

  test('answers for every key it was given, also for one given twice', async () => {
    const { store, prefix } = made()
    const [a, b] = [`${prefix}a`, `${prefix}b`]
    await store.putIfAbsent(object(a, 'x'))
    expect(await store.deleteMany([a, b, a])).toMatchObject([a, b, a].map((key) => ({ key, deleted: true })))
  })

  test('a key that no object can have fails on its own', async () => {
    const { store, prefix } = made()
    await store.putIfAbsent(object(`${prefix}a`, 'x'))
    const [bad, good] = await store.deleteMany(['../outside', `${prefix}a`])
    expect(bad).toMatchObject({ key: '../outside', deleted: false, retriable: false })
    expect(good).toMatchObject({ key: `${prefix}a`, deleted: true })
  })

  test('takes 1,000 keys, and refuses more without deleting any', async () => {
    const { store, prefix } = made()
    await store.putIfAbsent(object(`${prefix}0`, 'x'))
    const keys = Array.from({ length: 1001 }, (_, n) => prefix + n)
    await expect(store.deleteMany(keys)).rejects.toBeInstanceOf(StoreError)
    expect(await store.head(keys[0] ?? '')).not.toBeNull()
    const outcomes = await store.deleteMany(keys.slice(0, 1000))
    expect(outcomes.map(({ key, deleted }) => [key, deleted])).toEqual(keys.slice(0, 1000).map((key) => [key, true]))
    expect(await store.deleteMany([])).toEqual([])
  })

  test('deletes beside puts into the same folders lose neither', async () => {
    const { store, prefix } = made()
    const key = (writer: number, n: number) => `${prefix}shared/${n % 3}/w${writer}-${n}`
    await Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (let n = 0; n < 30; n++) {
          expect(await store.putIfAbsent(object(key(writer, n), 'x'))).toEqual({ kind: 'written' })
          const gone = n % 10 === 9 ? [] : [key(writer, n)]
          expect(await store.deleteMany(gone)).toEqual(allDeleted(...gone.map((each) => [each, true] as const)))
        }
      }),
    )
    const kept = [0, 1, 2, 3].flatMap((writer) => [9, 19, 29].map((n) => key(writer, n)))
    expect(await keysOf(store, prefix)).toEqual(kept.toSorted())
  })

  test('an object deleted while it is put is there whole or not at all', async () => {
    const { store, prefix } = made()
    const body = new Uint8Array(100_000).fill(9)
    for (let n = 0; n < 10; n++) {
      const key = `${prefix}${n}/a`
      const [put] = await Promise.all([store.putIfAbsent(object(key, body)), store.deleteMany([key])])
      expect(put).toEqual({ kind: 'written' })
      const read = await store.get(key)
      expect([null, body.length]).toContain(read?.byteLength ?? null)
    }
  })
}
