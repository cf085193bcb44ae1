/** At most so many characters of what stands in histories, and is shown to whoever asks why. */
export const LONGEST = { reason: 1_000, actor: 256, matter: 256 } as const

/** A letter, a digit or a sign: something that can be seen. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u
/** Control characters, line ends among them, halves of characters, and marks that make text run the other way: a terminal obeys them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

/** What is wrong with a reason, an actor or a matter, as the end of a sentence about it; `null` when nothing is. */
export function faultOfLine(text: string, longest: number): string | null {
  if (text.length > longest) return `must have ${longest} characters at most`
  if (UNPRINTABLE.test(text)) return 'must be one line without control characters'
  return VISIBLE.test(text) ? null : 'must not be blank'
}
