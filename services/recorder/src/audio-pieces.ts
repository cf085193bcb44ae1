import type { IntervalSet } from '@twinreel/media/intervals'

/** Some seconds of one stream. */
export interface Piece {
  bytes: Uint8Array
  /** Samples since the call's time zero that are here; nothing else of `bytes` means anything. */
  covered: IntervalSet
  /** Segments that are still to be made of it. */
  users: number
  isDropped: boolean
}

/** Memory for pieces, used again: fresh memory costs more than the audio that is copied into it. */
export interface PiecePool {
  take(sizeBytes: number): Piece
  /** No call needs it any more. */
  drop(piece: Piece): void
  /** One segment less is to be made of it. */
  leave(piece: Piece): void
  /** Memory of pieces that are in use. */
  usedBytes(): number
}

/** Free memory that is kept for all partitions of a process; more than that goes back. */
const MOST_FREE_BYTES = 64 * 1024 * 1024

/** Memory that no piece uses. */
export interface FreeMemory {
  take(sizeBytes: number): Uint8Array | undefined
  give(bytes: Uint8Array): void
}

export function freeMemory(): FreeMemory {
  const free = new Map<number, Uint8Array[]>()
  let freeBytes = 0
  return {
    take(sizeBytes) {
      const bytes = free.get(sizeBytes)?.pop()
      if (bytes !== undefined) freeBytes -= sizeBytes
      return bytes
    },
    give(bytes) {
      if (freeBytes + bytes.length > MOST_FREE_BYTES) return
      freeBytes += bytes.length
      const same = free.get(bytes.length) ?? []
      same.push(bytes)
      free.set(bytes.length, same)
    },
  }
}

/** The pieces of one partition. */
export function piecePool(free: FreeMemory): PiecePool {
  let usedBytes = 0

  function giveBack(piece: Piece): void {
    if (!piece.isDropped || piece.users > 0) return
    usedBytes -= piece.bytes.length
    free.give(piece.bytes)
  }

  return {
    take(sizeBytes) {
      usedBytes += sizeBytes
      // Not zeroed: only what is covered is ever read.
      return { bytes: free.take(sizeBytes) ?? Buffer.allocUnsafeSlow(sizeBytes), covered: [], users: 0, isDropped: false }
    },
    drop(piece) {
      piece.isDropped = true
      giveBack(piece)
    },
    leave(piece) {
      piece.users -= 1
      giveBack(piece)
    },
    usedBytes: () => usedBytes,
  }
}
