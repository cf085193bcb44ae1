import { createHmac } from 'node:crypto'

/** Another name for each name: the same for the same one, in whatever field it stands. */
export interface Pseudonyms {
  of(original: string): string
  /** Of a prompt's id, which counts within the call: it still does, since a replay gives it again. */
  prompt(original: string): string
  /** A UUID in the place of a UUID. */
  uuid(original: string): string
}

const DIGITS = /^\+?[0-9*#]+$/
const LENGTH = 12
/** What stands behind the call id in the ids that the recorder gives to prompts. */
const PROMPT = /^p\d{1,5}$/

/**
 * Names that can't be traced back without the salt: from an HMAC (SHA-256, RFC 2104) of the original. A number stays one, under a country code that nobody has; ids stay good
 * for a key, a file and a stream. `callId`: what the ids of prompts begin with. Other ids that do may go on with an extension, and are replaced whole.
 */
export function pseudonyms(salt: Uint8Array, callId: string): Pseudonyms {
  const known = new Map<string, string>()
  const taken = new Set<string>()

  function made(original: string): string {
    for (let attempt = 0; ; attempt += 1) {
      const hash = createHmac('sha256', salt).update(`${attempt} ${original}`).digest()
      const name = DIGITS.test(original) ? `${original.startsWith('+') ? '+' : ''}999${digitsOf(hash)}` : `x${hash.toString('hex').slice(0, LENGTH)}`
      if (!taken.has(name)) return name
    }
  }

  function of(original: string): string {
    const found = known.get(original)
    if (found !== undefined) return found
    const name = made(original)
    known.set(original, name)
    taken.add(name)
    return name
  }

  return {
    of,
    prompt(original) {
      const counted = original.startsWith(`${callId}/`) ? PROMPT.exec(original.slice(callId.length + 1)) : null
      return counted === null ? of(original) : `${of(callId)}/${counted[0]}`
    },
    uuid(original) {
      const hex = createHmac('sha256', salt).update(`uuid ${original}`).digest('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },
  }
}

function digitsOf(hash: Uint8Array): string {
  return [...hash.subarray(0, LENGTH)].map((byte) => byte % 10).join('')
}
