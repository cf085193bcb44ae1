import type { ObjectStore } from '@twinreel/object-store/port'

/** Several objects are read at once, each of them in pieces: a file that was replaced may be of any size. */
const PIECE_BYTES = 4 * 1024 * 1024

/** An object's bytes in order, some at a time; ends early when it is gone meanwhile. Throws `StoreError`. */
export async function* readPieces(store: ObjectStore, key: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let read = 0; read < sizeBytes;) {
    const piece = await store.get(key, { start: read, endExclusive: read + PIECE_BYTES })
    if (piece === null || piece.length === 0) return
    yield piece
    read += piece.length
  }
}
