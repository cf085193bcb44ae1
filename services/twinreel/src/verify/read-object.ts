import { createHash } from 'node:crypto'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'

export type ReadOutcome = { kind: 'same'; head: Uint8Array } | { kind: 'differs'; problem: string }

/** Several objects are read at once, each of them in pieces: a file that was replaced may be of any size. */
const PIECE_BYTES = 4 * 1024 * 1024

/**
 * Reads a whole object and compares it with what it should be. `head`: its first piece. An object that
 * can't be read differs too, so that one bad sector does not hide the state of the rest.
 */
export async function readObject(store: ObjectStore, key: string, expected: { sha256: string; sizeBytes: number | null }): Promise<ReadOutcome> {
  try {
    const found = await store.head(key)
    if (found === null) return { kind: 'differs', problem: 'is missing' }
    if (expected.sizeBytes !== null && found.sizeBytes !== expected.sizeBytes)
      return { kind: 'differs', problem: `has ${found.sizeBytes} bytes instead of ${expected.sizeBytes}` }
    const hash = createHash('sha256')
    let head: Uint8Array | null = null
    let read = 0
    do {
      const piece = await store.get(key, { start: read, endExclusive: read + PIECE_BYTES })
      if (piece === null) return { kind: 'differs', problem: 'is missing' }
      if (piece.length === 0) break
      hash.update(piece)
      head ??= piece
      read += piece.length
    } while (read < found.sizeBytes)
    const sha256 = hash.digest('hex')
    if (sha256 !== expected.sha256) return { kind: 'differs', problem: `has SHA-256 ${sha256} instead of ${expected.sha256}` }
    return { kind: 'same', head: head ?? new Uint8Array() }
  } catch (error) {
    if (error instanceof StoreError) return { kind: 'differs', problem: `can’t be read: ${error.message}` }
    throw error
  }
}
