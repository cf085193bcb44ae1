/** Memory that is used again and again for work done one piece at a time. */
export interface Scratch {
  /** At least so many bytes, with whatever stood there; the same as the last time under this name. */
  take(name: 'left' | 'right' | 'file', sizeBytes: number): Uint8Array
}

export function newScratch(): Scratch {
  const kept = new Map<string, Uint8Array>()
  return {
    take(name, sizeBytes) {
      const known = kept.get(name)
      if (known !== undefined && known.length >= sizeBytes) return known
      const fresh = new Uint8Array(sizeBytes)
      kept.set(name, fresh)
      return fresh
    },
  }
}
