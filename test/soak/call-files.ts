import type { ObjectStore } from '@twinreel/object-store/port'
import type { Files } from '@twinreel/oracle/files'
import { patiently } from './patiently.ts'

/** The objects of one call. */
export interface CallFiles extends Files {
  prefixes: readonly string[]
}

/** Each is read once: a call is small, and looked at more than once. */
export function callFiles(store: ObjectStore, prefixes: readonly string[]): CallFiles {
  const reads = new Map<string, Promise<Uint8Array | null>>()
  let keys: Promise<string[]> | null = null
  async function list(): Promise<string[]> {
    const pages = await Promise.all(prefixes.map((prefix) => patiently(() => store.list({ prefix }))))
    return pages.flatMap(({ objects }) => objects.map(({ key }) => key))
  }
  return {
    prefixes,
    list: () => (keys ??= list()),
    read(key) {
      const read = reads.get(key) ?? patiently(() => store.get(key))
      reads.set(key, read)
      return read
    },
  }
}
