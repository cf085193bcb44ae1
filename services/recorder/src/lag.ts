/** How far a partition's fold has come, and where the log ends as far as is known. */
export interface Position {
  partition: number
  nextOffset: number
  endOffset: number
  /** Append time of the last message folded, milliseconds UTC; `null` when none was since the assignment. */
  readToMs: number | null
}

export interface Lag {
  partition: number
  messages: number
  /** Age of the first message that is not folded yet, at most; 0 at the end. */
  ageMs: number
}

export interface LagWatch {
  look(positions: readonly Position[], nowMs: number): Lag[]
}

/**
 * How old what is unread is, without reading it: it was appended after the last message that was folded, and after the last time that the
 * fold was seen at the log's end. Looked at every few seconds, that is exact to those seconds.
 */
export function lagWatch(): LagWatch {
  /** When the partition was last seen at its end, or first seen at all. */
  let since = new Map<number, { atEndMs: number | null; firstMs: number }>()
  return {
    look(positions, nowMs) {
      const before = since
      // Partitions that went to somebody else are forgotten.
      since = new Map()
      return positions.map(({ partition, nextOffset, endOffset, readToMs }) => {
        const seen = before.get(partition) ?? { atEndMs: null, firstMs: nowMs }
        const messages = Math.max(0, endOffset - nextOffset)
        since.set(partition, messages === 0 ? { ...seen, atEndMs: nowMs } : seen)
        if (messages === 0) return { partition, messages, ageMs: 0 }
        const appendedAfterMs = Math.max(readToMs ?? Number.NEGATIVE_INFINITY, seen.atEndMs ?? Number.NEGATIVE_INFINITY)
        return { partition, messages, ageMs: Math.max(0, nowMs - (appendedAfterMs === Number.NEGATIVE_INFINITY ? seen.firstMs : appendedAfterMs)) }
      })
    },
  }
}
