import { readCallTime, readDuration } from './call-clock.ts'
import type { Slot } from './phrases.ts'

/** A call time, in milliseconds. */
export const TIME: Slot<number> = {
  expected: 'a call time such as 00:05.250',
  read: (words, at) => {
    const ms = readCallTime(words[at]?.text ?? '')
    return ms === null ? null : { value: ms, next: at + 1 }
  },
}

/** A duration in milliseconds; the unit may stand apart: `2 s` or `2s`. */
export const DURATION: Slot<number> = {
  expected: 'a duration such as 250 ms, 1.5 s or 2 min',
  read: (words, at) => {
    const [first = '', second = ''] = [words[at]?.text, words[at + 1]?.text]
    const joined = readDuration(`${first} ${second}`)
    if (joined !== null) return { value: joined, next: at + 2 }
    const alone = readDuration(first)
    return alone === null ? null : { value: alone, next: at + 1 }
  },
}

/** As often as a tone every 10 s comes in the longest call that can be played, a week. */
const MOST_TIMES = 60_480

export const COUNT: Slot<number> = {
  expected: `a whole number from 1 to ${MOST_TIMES}`,
  read(words, at) {
    const count = /^\d{1,9}$/.test(words[at]?.text ?? '') ? Number(words[at]?.text) : 0
    return count >= 1 && count <= MOST_TIMES ? { value: count, next: at + 1 } : null
  },
}

/** A word of one's own, such as the reason of a transfer. */
export const WORD: Slot<string> = {
  expected: 'a word such as transfer',
  read: (words, at) => (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(words[at]?.text ?? '') ? { value: words[at]?.text ?? '', next: at + 1 } : null),
}

/** One of these words, and what to call them. */
export function oneOf(expected: string, words: readonly string[]): Slot<string> {
  return {
    expected,
    words,
    read: (found, at) => (words.includes(found[at]?.text ?? '') ? { value: found[at]?.text ?? '', next: at + 1 } : null),
  }
}
