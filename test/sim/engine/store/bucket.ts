import { createHash } from 'node:crypto'
import { checkKey, compareKeys } from '@twinreel/object-store/key'
import { StoreError, type ListedObject, type ObjectHead, type PutOptions, type PutOutcome } from '@twinreel/object-store/port'
import type { ProcessKind } from '../types.ts'
import type { Parts } from '../world-parts.ts'

export interface Stored {
  readonly key: string
  readonly body: Uint8Array
  readonly sha256: string
  readonly putAtMs: number
  goneAtMs: number
}

/** The store itself: what is durable. What fails on the way to it is the client's affair. */
export interface Bucket {
  readonly conditionalWrites: 'enforced' | 'ignored'
  /** Refuses everybody for so long. */
  goAway(forMs: number): void
  isAway(): boolean
  find(key: string): Stored | null
  /** `onlyIfAbsent`: not if there is an object; otherwise it replaces. */
  put(by: { name: string; kind: ProcessKind }, put: PutOptions, how: { onlyIfAbsent: boolean; askedMs: number; isLate: boolean }): PutOutcome
  /** `false`: hides the object and keeps it as a version, as a deletion without naming versions does. */
  remove(by: string, key: string, allVersions: boolean): void
  head(key: string): ObjectHead | null
  /** As it was at that moment. */
  list(prefix: string, atMs: number): ListedObject[]
  /** Hidden ones too, by key. */
  remains(prefix: string): string[]
  hidden(): string[]
}

export function createBucket(parts: Parts, options: { conditionalWrites: 'enforced' | 'ignored'; keepsVersions: boolean }): Bucket {
  const { time, trace, hooks } = parts
  const objects = new Map<string, Stored>()
  const hidden = new Map<string, Stored[]>()
  let awayUntilMs = 0
  /** What is gone, for listings that lag behind. */
  const gone: Stored[] = []

  function drop(found: Stored, asVersion: boolean): void {
    found.goneAtMs = time.now()
    gone.push(found)
    objects.delete(found.key)
    if (asVersion) hidden.set(found.key, [...(hidden.get(found.key) ?? []), found])
  }

  return {
    conditionalWrites: options.conditionalWrites,
    goAway: (forMs) => void (awayUntilMs = time.now() + forMs),
    isAway: () => time.now() < awayUntilMs,
    find: (key) => objects.get(key) ?? null,
    put(by, { key, body, sha256 }, { onlyIfAbsent, askedMs, isLate }) {
      checkKey(key)
      if (createHash('sha256').update(body).digest('hex') !== sha256)
        throw new StoreError(`object ${key}: the bytes are not those of their SHA-256`, { retriable: false })
      const found = objects.get(key)
      if (found !== undefined && onlyIfAbsent) return { kind: 'exists', sha256: found.sha256, sizeBytes: found.body.length }
      if (found !== undefined) drop(found, options.keepsVersions)
      objects.set(key, { key, body, sha256, putAtMs: time.now(), goneAtMs: Infinity })
      trace.note('object', by.name, key, sha256, isLate)
      hooks.put({ process: by.name, key, sha256, body, askedMs, isLate })
      return { kind: 'written' }
    },
    remove(by, key, allVersions) {
      const found = objects.get(key)
      if (found !== undefined) drop(found, !allVersions && options.keepsVersions)
      if (allVersions) hidden.delete(key)
      if (found !== undefined) trace.note('object gone', by, key)
      if (found !== undefined) hooks.deleted({ process: by, key })
    },
    head(key) {
      const found = objects.get(key)
      return found === undefined ? null : { key, sizeBytes: found.body.length, sha256: found.sha256, modifiedAtMs: Math.floor(found.putAtMs) }
    },
    list: (prefix, atMs) =>
      [...objects.values(), ...(atMs < time.now() ? gone : [])]
        .filter(({ key, putAtMs, goneAtMs }) => key.startsWith(prefix) && putAtMs <= atMs && goneAtMs > atMs)
        .map(({ key, body, putAtMs }) => ({ key, sizeBytes: body.length, modifiedAtMs: Math.floor(putAtMs) }))
        .toSorted((a, b) => compareKeys(a.key, b.key)),
    remains: (prefix) => [...new Set([...objects.keys(), ...hidden.keys()])].filter((key) => key.startsWith(prefix)).toSorted(compareKeys),
    hidden: () => [...hidden.keys()],
  }
}
