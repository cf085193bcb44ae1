import { checkKey, compareKeys, faultOfKey } from '@twinreel/object-store/key'
import { notBegun, StoreError, type DeleteOutcome, type ObjectStore, type PutOptions, type PutOutcome } from '@twinreel/object-store/port'
import { errorOf } from '../error-of.ts'
import type { Machine, Outcome } from '../process.ts'
import type { Parts } from '../world-parts.ts'
import type { Bucket } from './bucket.ts'

const MOST = 1_000

type Asked = PutOptions & { askedMs: number }

/**
 * The store as one process reaches it. What the port promises stays true under all faults: an object is there whole or not at all, `remains`
 * sees everything (it may be slow or fail), `get` and `head` see what is there. It says nothing of how soon a listing shows what was put or
 * deleted just now: that may lag.
 */
export function storeClient(parts: Parts, bucket: Bucket, machine: Machine): ObjectStore {
  const { time, faults } = parts
  const { random, hasFaults } = machine
  const isEnforced = bucket.conditionalWrites === 'enforced'
  /** Without conditional writes, writers of one key within one process take turns. */
  const turns = new Map<string, Promise<unknown>>()

  const fires = (kind: Parameters<typeof faults.fires>[0]): boolean => hasFaults && faults.fires(kind)
  const away = (): number => (fires('store-slow') ? faults.random.between(500, 20_000) : random.between(2, 25))
  const refused = (what: string): Outcome<never> => ({ ok: false, error: new StoreError(`${what}: the store refused (503)`, { retriable: true }) })

  function ask<T>(what: string, detail: string, effect: () => T): Promise<T> {
    return machine.call<T>({
      what,
      detail,
      thereMs: away(),
      backMs: random.between(1, 10),
      effect: (settle) => settle(bucket.isAway() || fires('store-refused') ? refused(what) : outcomeOf(effect)),
    })
  }

  function later(put: Asked, mostMs: number): void {
    time.at(
      time.now() + faults.random.between(1, mostMs),
      'late put',
      () => void outcomeOf(() => bucket.put(machine, put, { onlyIfAbsent: isEnforced, askedMs: put.askedMs, isLate: true })),
    )
  }

  function land(put: Asked): Outcome<PutOutcome> {
    const what = `object ${put.key}`
    if (bucket.isAway() || fires('store-refused')) return refused(what)
    if (fires('store-disk-full')) return { ok: false, error: new StoreError(`${what}: the disk is full (507)`, { retriable: true }) }
    if (fires('store-late-put')) {
      later(put, 25_000)
      return { ok: false, error: new StoreError(`${what}: no answer in time`, { retriable: true }), backMs: faults.random.between(500, 5_000) }
    }
    if (fires('store-ok-with-error-inside')) {
      if (random.chance(0.5)) outcomeOf(() => bucket.put(machine, put, { onlyIfAbsent: isEnforced, askedMs: put.askedMs, isLate: false }))
      return { ok: false, error: new StoreError(`${what}: InternalError inside a 200`, { retriable: true }) }
    }
    const outcome = outcomeOf(() => bucket.put(machine, put, { onlyIfAbsent: isEnforced, askedMs: put.askedMs, isLate: false }))
    if (!outcome.ok || !fires('store-timed-out-after-success')) return outcome
    return { ok: false, error: new StoreError(`${what}: no answer in time`, { retriable: true }), backMs: faults.random.between(500, 10_000) }
  }

  async function putOnce(given: PutOptions): Promise<PutOutcome> {
    if (given.mayBegin?.() === false) throw notBegun()
    const put = { ...given, askedMs: time.now() }
    return machine.call<PutOutcome>({
      what: 'store.put',
      detail: put.key,
      thereMs: away(),
      backMs: random.between(1, 10),
      effect: (settle) => settle(land(put)),
      whenDead() {
        if (fires('store-late-put')) later(put, 25_000)
      },
    })
  }

  async function lookThenPut(put: PutOptions): Promise<PutOutcome> {
    const found = await ask('store.look', put.key, () => bucket.find(put.key))
    return found === null ? putOnce(put) : { kind: 'exists', sha256: found.sha256, sizeBytes: found.body.length }
  }

  function inTurn(put: PutOptions): Promise<PutOutcome> {
    const mine = (turns.get(put.key) ?? Promise.resolve()).catch(() => undefined).then(() => lookThenPut(put))
    turns.set(put.key, mine)
    return mine
  }

  function removeOne(key: string): DeleteOutcome {
    const fault = faultOfKey(key)
    if (fault !== null) return { key, deleted: false, error: fault, retriable: false }
    if (fires('store-key-error')) {
      // Some of it may be done: the object hidden, its versions still there.
      if (random.chance(0.3)) bucket.remove(machine.name, key, false)
      return { key, deleted: false, error: 'InternalError', retriable: true }
    }
    bucket.remove(machine.name, key, true)
    return { key, deleted: true }
  }

  return {
    conditionalWrites: bucket.conditionalWrites,
    isRemote: true,
    async putIfAbsent(given) {
      checkKey(given.key)
      // Whoever asked may use the memory again as soon as he is told of a failure, and the bytes be on their way still.
      const put = { ...given, body: given.body.slice() }
      return isEnforced ? putOnce(put) : inTurn(put)
    },
    async head(key) {
      checkKey(key)
      return ask('store.head', key, () => bucket.head(key))
    },
    async get(key, range) {
      checkKey(key)
      const { start, endExclusive } = range ?? { start: 0, endExclusive: Infinity }
      if (start < 0 || endExclusive < start) throw new StoreError(`object ${key}: there is no range from ${start} to ${endExclusive}`, { retriable: false })
      return ask('store.get', key, () => bucket.find(key)?.body.slice(start, Math.min(endExclusive, Number.MAX_SAFE_INTEGER)) ?? null)
    },
    async list({ prefix, after = '', limit = MOST }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new StoreError(`a listing has 1 to ${MOST} keys, not ${limit}`, { retriable: false })
      return ask('store.list', prefix, () => {
        const staleMs = fires('store-list-stale') ? faults.random.between(100, 5_000) : 0
        const all = bucket.list(prefix, time.now() - staleMs).filter(({ key }) => after === '' || compareKeys(key, after) > 0)
        const objects = all.slice(0, limit)
        return { objects, next: all.length > limit ? (objects.at(-1)?.key ?? null) : null }
      })
    },
    remains: ({ prefix, after = '', limit = MOST }) =>
      ask('store.remains', prefix, () => {
        const all = bucket.remains(prefix).filter((key) => after === '' || compareKeys(key, after) > 0)
        const keys = all.slice(0, limit)
        return { keys, next: all.length > limit ? (keys.at(-1) ?? null) : null }
      }),
    async deleteMany(keys) {
      if (keys.length > MOST) throw new StoreError(`${keys.length} keys; at most ${MOST} are deleted at once`, { retriable: false })
      const copy = [...keys]
      const isLost = fires('store-timed-out-after-success')
      const outcomes = await ask('store.deleteMany', `${copy.length} ${copy[0] ?? ''}`, () => copy.map(removeOne))
      if (isLost) throw new StoreError('deleting: no answer in time', { retriable: true })
      return outcomes
    },
    close: () => Promise.resolve(),
  }
}

function outcomeOf<T>(effect: () => T): Outcome<T> {
  try {
    return { ok: true, value: effect() }
  } catch (error) {
    return { ok: false, error: errorOf(error) }
  }
}
