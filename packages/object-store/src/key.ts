import { StoreError } from './port.ts'

/** S3's limit for a key, and the usual one of file systems for a name. Both in bytes of UTF-8. */
const KEY_BYTES = 1024
const PART_BYTES = 255

const FORBIDDEN = /[\\\p{Cc}]/u

function faultOfPart(part: string): string | null {
  if (part === '') return 'a part between slashes is empty'
  if (part.startsWith('.')) return 'a part begins with a dot'
  if (Buffer.byteLength(part) > PART_BYTES) return `a part is longer than ${PART_BYTES} bytes`
  return null
}

/** What is wrong with a key, or `null`. The rules are the port's: such a key can't leave a directory and fits every store. */
export function faultOfKey(key: string): string | null {
  if (key === '') return 'it is empty'
  if (Buffer.byteLength(key) > KEY_BYTES) return `it is longer than ${KEY_BYTES} bytes`
  if (FORBIDDEN.test(key)) return 'it has a backslash or a control character'
  if (!key.isWellFormed()) return 'it is no well-formed Unicode'
  for (const part of key.split('/')) {
    const fault = faultOfPart(part)
    if (fault !== null) return fault
  }
  return null
}

export function checkKey(key: string): void {
  const fault = faultOfKey(key)
  if (fault !== null) throw new StoreError(`object key ${JSON.stringify(key.slice(0, 100))}: ${fault}`, { retriable: false })
}

/** UTF-16 puts surrogates before U+E000 to U+FFFF, UTF-8 after them. */
function utf8Rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}

/** Orders keys as their UTF-8 bytes are ordered: negative, zero or positive. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (left !== right) return utf8Rank(left) - utf8Rank(right)
  }
  return a.length - b.length
}
