import { nearest } from '@twinreel/service/nearest'
import { wordsOf, type Word } from './words.ts'

/** What a slot of a phrase takes: a value out of one or more words, or nothing. */
export interface Slot<V> {
  /** What is expected there, for whoever wrote something else: `a call time such as 00:05.250`. */
  expected: string
  /** Words that would do, as far as they can be listed. */
  words?: readonly string[]
  /** How many of the words it takes, and what they mean; `null` when they mean nothing here. */
  read(words: readonly Word[], at: number): { value: V; next: number } | null
}

export type Slots = Readonly<Record<string, Slot<string | number>>>
export type Values = ReadonlyMap<string, string | number>

/** One way to say something: `{who} pauses [by {via}] [, unstamped]`. In square brackets what may be left out; `(a|b)` one of these words. */
export interface Phrase<T> {
  say: string
  means(values: Values): T
}

export interface LineProblem {
  /** Where in the line, counted from 0. */
  at: number
  message: string
  suggestion: string | null
}

export type ReadLine<T> = { ok: true; value: T } | ({ ok: false } & LineProblem)

type Element =
  | { kind: 'word'; words: readonly string[]; name: string | null }
  | { kind: 'slot'; name: string }
  | { kind: 'optional'; elements: readonly Element[] }

/** A reader of lines that each say one of these phrases. */
export function phraseReader<T>(phrases: readonly Phrase<T>[], slots: Slots): (line: string) => ReadLine<T> {
  const compiled = phrases.map((phrase) => ({ phrase, elements: elementsOf(phrase.say) }))
  return (line) => {
    const words = wordsOf(line)
    if (words.length === 0) return { ok: false, at: 0, message: 'the line is empty', suggestion: null }
    const furthest: Furthest = { at: 0, expected: new Set(), words: new Set() }
    for (const { phrase, elements } of compiled) {
      const values = match([...elements], words, 0, new Map(), slots, furthest)
      if (values !== null) return { ok: true, value: phrase.means(values) }
    }
    return { ok: false, ...complaint(line, words, furthest) }
  }
}

export function textOf(values: Values, name: string): string {
  return String(values.get(name) ?? '')
}

export function numberOf(values: Values, name: string): number {
  return Number(values.get(name) ?? 0)
}

/** How far any phrase came, and what could have stood there. */
interface Furthest {
  at: number
  expected: Set<string>
  words: Set<string>
}

function match(rest: readonly Element[], words: readonly Word[], at: number, values: Values, slots: Slots, furthest: Furthest): Values | null {
  const [element, ...others] = rest
  if (element === undefined) {
    if (at === words.length) return values
    miss(furthest, at, 'the end of the line', [])
    return null
  }
  if (element.kind === 'optional')
    return match([...element.elements, ...others], words, at, values, slots, furthest) ?? match(others, words, at, values, slots, furthest)
  if (element.kind === 'word') {
    const found = words[at]?.text
    if (found === undefined || !element.words.includes(found)) {
      miss(furthest, at, element.words.map((word) => `“${word}”`).join(' or '), element.words)
      return null
    }
    return match(others, words, at + 1, element.name === null ? values : new Map([...values, [element.name, found]]), slots, furthest)
  }
  const slot = slots[element.name.replace(/\d$/, '')]
  if (slot === undefined) throw new Error(`a phrase has a slot {${element.name}} that nobody reads`)
  const taken = at < words.length ? slot.read(words, at) : null
  if (taken === null) {
    miss(furthest, at, slot.expected, slot.words ?? [])
    return null
  }
  return match(others, words, taken.next, new Map([...values, [element.name, taken.value]]), slots, furthest)
}

function miss(furthest: Furthest, at: number, expected: string, words: readonly string[]): void {
  if (at < furthest.at) return
  if (at > furthest.at) {
    furthest.expected.clear()
    furthest.words.clear()
    furthest.at = at
  }
  furthest.expected.add(expected)
  for (const word of words) furthest.words.add(word)
}

function complaint(line: string, words: readonly Word[], furthest: Furthest): LineProblem {
  const found = words[furthest.at]
  const expected = listed([...furthest.expected])
  if (found === undefined) return { at: line.length, message: `the line ends where ${expected} is expected`, suggestion: null }
  const near = nearest(found.text, [...furthest.words])
  return {
    at: found.at,
    message: `“${found.text}” stands where ${expected} is expected`,
    suggestion: near === null ? null : `did you mean “${near}”?`,
  }
}

const MOST_LISTED = 24

function listed(all: readonly string[]): string {
  const shown = all.slice(0, MOST_LISTED)
  const rest = all.length - shown.length
  const last = rest > 0 ? `one of ${rest} others` : shown.pop()
  return shown.length === 0 ? (last ?? 'nothing') : `${shown.join(', ')} or ${last}`
}

const TOKEN = /\[|\]|\{\w+\}|\((?:\w+=)?[^)]*\)|[^\s[\]]+/g

/** `(control=pauses|resumes)` keeps which word it was under that name. */
function elementsOf(say: string): Element[] {
  const stack: Element[][] = [[]]
  for (const [token] of say.matchAll(TOKEN)) {
    if (token === '[') stack.push([])
    else if (token === ']') {
      const elements = stack.pop() ?? []
      stack.at(-1)?.push({ kind: 'optional', elements })
    } else stack.at(-1)?.push(elementOf(token))
  }
  return stack[0] ?? []
}

function elementOf(token: string): Element {
  if (token.startsWith('{')) return { kind: 'slot', name: token.slice(1, -1) }
  if (!token.startsWith('(')) return { kind: 'word', words: [token], name: null }
  const [name, choices] = token.includes('=') ? token.slice(1, -1).split('=') : [null, token.slice(1, -1)]
  return { kind: 'word', words: (choices ?? '').split('|'), name: name ?? null }
}
