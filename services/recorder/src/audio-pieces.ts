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

/** Free memory that is kept; more than that goes back. */
const MOST_FREE_BYTES = 64 * 1024 * 1024

export function piecePool(): PiecePool {
  const free = new Map<number, Uint8Array[]>()
  let freeBytes = 0
  let usedBytes = 0

  function giveBack(piece: Piece): void {
    if (!piece.isDropped || piece.users > 0) return
    usedBytes -= piece.bytes.length
    if (freeBytes + piece.bytes.length > MOST_FREE_BYTES) return
    freeBytes += piece.bytes.length
    const same = free.get(piece.bytes.length) ?? []
    same.push(piece.bytes)
    free.set(piece.bytes.length, same)
  }

  return {
    take(sizeBytes) {
      const known = free.get(sizeBytes)?.pop()
      if (known !== undefined) freeBytes -= sizeBytes
      usedBytes += sizeBytes
      // Not zeroed: only what is covered is ever read.
      return { bytes: known ?? Buffer.allocUnsafeSlow(sizeBytes), covered: [], users: 0, isDropped: false }
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
