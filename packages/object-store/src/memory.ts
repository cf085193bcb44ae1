import { createHash } from 'node:crypto'
import { checkKey, compareKeys, faultOfKey } from './key.ts'
import { StoreError, notBegun, type ObjectStore } from './port.ts'

const MOST = 1_000

export interface MemoryStore extends ObjectStore {
  has(key: string): boolean
  /** All keys, in no order. */
  keys(): string[]
}

/** An object store in memory, for simulations, which open thousands. `onDelete` is told of each object just before it goes. */
export function memoryStore(options: { clock: () => number; onDelete?: (key: string) => void }): MemoryStore {
  const { clock, onDelete = () => undefined } = options
  const objects = new Map<string, { body: Uint8Array; sha256: string; modifiedAtMs: number }>()
  const beginning = (prefix: string): string[] => [...objects.keys()].filter((key) => key.startsWith(prefix))
  return {
    has: (key) => objects.has(key),
    keys: () => [...objects.keys()],
    conditionalWrites: 'enforced',
    isRemote: false,
    async putIfAbsent({ key, body, sha256, mayBegin }) {
      checkKey(key)
      if (mayBegin?.() === false) throw notBegun()
      if (createHash('sha256').update(body).digest('hex') !== sha256)
        throw new StoreError(`object ${key}: the bytes are not those of their SHA-256`, { retriable: false })
      const found = objects.get(key)
      if (found !== undefined) return { kind: 'exists', sha256: found.sha256, sizeBytes: found.body.length }
      objects.set(key, { body: body.slice(), sha256, modifiedAtMs: clock() })
      return { kind: 'written' }
    },
    async head(key) {
      checkKey(key)
      const found = objects.get(key)
      return found === undefined ? null : { key, sizeBytes: found.body.length, sha256: found.sha256, modifiedAtMs: found.modifiedAtMs }
    },
    async get(key, { start, endExclusive } = { start: 0, endExclusive: Number.MAX_SAFE_INTEGER }) {
      checkKey(key)
      if (start < 0 || endExclusive < start) throw new StoreError(`object ${key}: there is no range from ${start} to ${endExclusive}`, { retriable: false })
      return objects.get(key)?.body.slice(start, endExclusive) ?? null
    },
    async list({ prefix, after = '', limit = MOST }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new StoreError(`a listing has 1 to ${MOST} keys, not ${limit}`, { retriable: false })
      const keys = beginning(prefix)
        .filter((key) => after === '' || compareKeys(key, after) > 0)
        .toSorted(compareKeys)
      const page = keys.slice(0, limit)
      return {
        objects: page.map((key) => ({ key, sizeBytes: objects.get(key)?.body.length ?? 0, modifiedAtMs: objects.get(key)?.modifiedAtMs ?? 0 })),
        next: keys.length > limit ? (page.at(-1) ?? null) : null,
      }
    },
    async remains({ prefix, after = '', limit = MOST }) {
      const all = beginning(prefix)
        .filter((key) => compareKeys(key, after) > 0)
        .toSorted(compareKeys)
      const keys = all.slice(0, limit)
      return { keys, next: all.length > limit ? (keys.at(-1) ?? null) : null }
    },
    async deleteMany(keys) {
      if (keys.length > MOST) throw new StoreError(`${keys.length} keys; at most ${MOST} are deleted at once`, { retriable: false })
      return keys.map((key) => {
        const fault = faultOfKey(key)
        if (fault !== null) return { key, deleted: false, error: fault, retriable: false }
        if (objects.has(key)) onDelete(key)
        objects.delete(key)
        return { key, deleted: true }
      })
    },
    close: () => Promise.resolve(),
  }
}
