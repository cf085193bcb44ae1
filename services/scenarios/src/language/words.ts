/** A word of a line, and where it begins, counted from 0. */
export interface Word {
  text: string
  at: number
}

/** A comma and a possessive ’s are words of their own. */
const WORD = /['’]s(?![^\s,])|,|(?:(?!['’]s(?:[\s,]|$))[^\s,])+/g

export function wordsOf(line: string): Word[] {
  return [...line.matchAll(WORD)].map((match) => ({ text: match[0] === '’s' ? "'s" : match[0], at: match.index }))
}
