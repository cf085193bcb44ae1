import { createHash } from 'node:crypto'
import type { ObjectStore } from '@twinreel/object-store/port'

interface Kept {
  sha256: string
  sizeBytes: number
  /** `null` of audio: what it was is told by its hash. */
  body: Uint8Array | null
}

/** A store that remembers of audio how long it was and its SHA-256, so that a call of any length fits, and the other objects whole. */
export function hashStore(): ObjectStore {
  const objects = new Map<string, Kept>()
  const keysBelow = (prefix: string, after: string): string[] => [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted()
  return {
    conditionalWrites: 'enforced',
    isRemote: false,
    putIfAbsent({ key, body, contentType }) {
      const known = objects.get(key)
      if (known !== undefined) return Promise.resolve({ kind: 'exists', sha256: known.sha256, sizeBytes: known.sizeBytes })
      const sha256 = createHash('sha256').update(body).digest('hex')
      objects.set(key, { sha256, sizeBytes: body.length, body: contentType === 'audio/wav' ? null : body.slice() })
      return Promise.resolve({ kind: 'written' })
    },
    head(key) {
      const known = objects.get(key)
      return Promise.resolve(known === undefined ? null : { key, sizeBytes: known.sizeBytes, sha256: known.sha256, modifiedAtMs: 0 })
    },
    get: (key) => Promise.resolve(objects.get(key)?.body ?? null),
    list({ prefix, after = '', limit = 1_000 }) {
      const keys = keysBelow(prefix, after)
      const page = keys.slice(0, limit).map((key) => ({ key, sizeBytes: objects.get(key)?.sizeBytes ?? 0, modifiedAtMs: 0 }))
      return Promise.resolve({ objects: page, next: keys.length > limit ? (page.at(-1)?.key ?? null) : null })
    },
    remains: ({ prefix, after = '' }) => Promise.resolve({ keys: keysBelow(prefix, after), next: null }),
    deleteMany: (keys) => Promise.resolve(keys.map((key) => ({ key, deleted: objects.delete(key) || true }))),
    close: () => Promise.resolve(),
  }
}
