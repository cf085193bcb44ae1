import type { Trace } from './types.ts'

/** A running hash of two words (FNV-1a and a multiplicative one); with `onLine` each note as text besides. */
export function createTrace(now: () => number, onLine?: (line: string) => void): Trace {
  let first = 0x811c9dc5
  let second = 0x9e3779b9
  let size = 0

  function take(word: number): void {
    first = Math.imul(first ^ (word | 0), 0x01000193)
    second = (Math.imul(second, 0x5bd1e995) + (word | 0)) | 0
    second ^= second >>> 15
  }

  function takeValue(value: string | number | boolean | null): void {
    if (typeof value === 'number') {
      take(value)
      // Fractions and what lies beyond 32 bits count too.
      if (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff) take((value % 1) * 0x7fffffff + value / 0x1_0000_0000)
    } else take(typeof value === 'string' ? digestOfText(value) : value === null ? 3 : Number(value))
  }

  return {
    note(what, ...values) {
      size += 1
      takeValue(now())
      takeValue(what)
      for (const value of values) takeValue(value)
      onLine?.(`${now().toFixed(3)} ${what} ${values.join(' ')}`)
    },
    hash: () => (first >>> 0).toString(16).padStart(8, '0') + (second >>> 0).toString(16).padStart(8, '0'),
    size: () => size,
  }
}

const known = new Map<string, number>()
const MOST_KNOWN = 5_000

/** Texts come again and again: statements, labels, names. */
function digestOfText(text: string): number {
  const found = known.get(text)
  if (found !== undefined) return found
  let digest = text.length
  for (let at = 0; at < text.length; at++) digest = Math.imul(digest ^ text.charCodeAt(at), 0x01000193)
  if (known.size < MOST_KNOWN) known.set(text, digest)
  return digest
}

/** Of long bytes a sample: what differs, differs in many places. */
export function digestOfBytes(bytes: Uint8Array): number {
  let digest = bytes.length
  const step = bytes.length <= 512 ? 1 : Math.floor(bytes.length / 512)
  for (let at = 0; at < bytes.length; at += step) digest = Math.imul(digest ^ (bytes[at] ?? 0), 0x01000193)
  return digest
}
