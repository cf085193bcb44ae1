import { createHash } from 'node:crypto'
import type { JournalBucket } from '../journal/read.ts'
import type { JournalStore } from '../journal/write.ts'

/** Objects in memory, which can be tampered with. */
export interface MemoryBucket extends JournalStore, JournalBucket {
  objects: Map<string, Uint8Array>
  list: JournalBucket['list']
}

export function memoryBucket(): MemoryBucket {
  const objects = new Map<string, Uint8Array>()
  return {
    objects,
    async putIfAbsent({ key, body }) {
      const there = objects.get(key)
      if (there !== undefined) return { kind: 'exists', sha256: createHash('sha256').update(there).digest('hex'), sizeBytes: there.length }
      objects.set(key, body)
      return { kind: 'written' }
    },
    head: async (key) => (objects.has(key) ? { sha256: null } : null),
    get: async (key) => objects.get(key) ?? null,
    async list({ prefix, after = '' }) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted()
      return { objects: keys.slice(0, 3).map((key) => ({ key, modifiedAtMs: 0 })), next: keys.length > 3 ? (keys[2] ?? null) : null }
    },
  }
}
