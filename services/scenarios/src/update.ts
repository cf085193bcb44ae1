import { Document, isMap, isNode, isScalar, isSeq, Pair, parseDocument, Scalar, YAMLMap, YAMLSeq, type Node } from 'yaml'
import { callFactReader, ownerFactReader, writeFact, type CallFact, type OwnerFact } from './language/expected-lines.ts'
import type { ReadLine } from './language/phrases.ts'

/** What came of one call, as a scenario file says it. */
export interface Golden {
  /** `null` for the one call of a file, else its name. */
  call: string | null
  ofCall: readonly CallFact[]
  owners: readonly { owner: string; outcome: string; due: string | null; facts: readonly OwnerFact[] }[]
}

/**
 * The text of a scenario file with these outcomes in place of those it expects. What it expects of the audio stays, and so do comments; whatever
 * stands outside of `expect` is not touched by a single character.
 */
export function updatedText(text: string, goldens: readonly Golden[], names: readonly string[]): string {
  return goldens.reduce((now, golden) => withGolden(now, golden, names), text)
}

function withGolden(text: string, golden: Golden, names: readonly string[]): string {
  const document = parseDocument(text)
  const root = golden.call === null ? document.contents : document.getIn(['calls', golden.call], true)
  if (!isMap(root)) return text
  const pair = root.items.find(({ key }) => isScalar(key) && key.value === 'expect')
  const before = isNode(pair?.value) ? text.slice(pair.value.range?.[0], pair.value.range?.[1]) : null
  const expect = isMap(pair?.value) ? pair.value : new YAMLMap()
  fill(expect, golden, names)
  const indent = golden.call === null ? 0 : columnOf(text, root)
  const written = block({ expect }, indent)
  if (before !== null && isScalar(pair?.key)) {
    const from = pair.key.range?.[0] ?? 0
    const to = (pair.value as Node).range?.[2] ?? from
    return `${text.slice(0, from)}${written.trimStart()}${text.slice(to)}`
  }
  const end = golden.call === null ? text.length : (root.range?.[1] ?? text.length)
  const head = text.slice(0, end).trimEnd()
  return `${head}\n${golden.call === null ? '\n' : ''}${written}${
    text
      .slice(end)
      .replace(/^\n+/, golden.call === null ? '' : '\n')
      .trimStart() === ''
      ? ''
      : text.slice(end)
  }`
}

function fill(expect: YAMLMap, { ofCall, owners }: Golden, names: readonly string[]): void {
  expect.flow = false
  const before = expect.get('call', true)
  if (ofCall.length > 0) {
    const lines = listOf(isMap(before) ? before.get('includes', true) : before, ofCall.map(writeFact), callFactReader())
    // What is told of the call is told first.
    if (before === undefined) expect.items.unshift(new Pair(scalar('call'), lines))
    else expect.set('call', lines)
  }
  // That nothing is heard, where somebody says so, is said again.
  else if (expect.has('call')) expect.set('call', new YAMLSeq())
  for (const { owner, outcome, due, facts } of owners) {
    const known = expect.get(owner, true)
    const audio = isMap(known) ? known.get('audio', true) : undefined
    const stood = isMap(known) ? JSON.stringify(known.toJSON()) : ''
    const told = facts.filter(({ kind }) => (kind !== 'icon' || stood.includes(' icon ')) && (kind !== 'published' || stood.includes(' published')))
    if (told.length === 0 && audio === undefined && due === null) {
      expect.set(owner, isScalar(known) ? Object.assign(known, { value: outcome }) : scalar(outcome))
      continue
    }
    const map = isMap(known) ? known : outcomeOf(known)
    map.flow = false
    const old = map.get('timeline', true) ?? map.get('includes', true)
    setScalar(map, 'outcome', outcome)
    if (due === null) map.delete('due')
    else setScalar(map, 'due', due)
    map.delete('includes')
    if (told.length === 0) map.delete('timeline')
    else map.set('timeline', listOf(old, told.map(writeFact), ownerFactReader(names)))
    // What is heard is told last.
    if (audio !== undefined) {
      map.delete('audio')
      map.set('audio', audio)
    }
    if (!isMap(known)) expect.set(owner, map)
  }
}

/** An outcome that stood alone becomes one among others, with its comments. */
function outcomeOf(known: unknown): YAMLMap {
  const map = new YAMLMap()
  if (isScalar(known)) map.set('outcome', known)
  return map
}

function setScalar(map: YAMLMap, key: string, value: string): void {
  const known = map.get(key, true)
  if (isScalar(known)) known.value = value
  else map.set(key, scalar(value))
}

/** Lines that say the same as before keep their node, and with it their comment. */
function listOf<T>(old: unknown, lines: readonly string[], read: (line: string) => ReadLine<T>): YAMLSeq {
  const before = isSeq(old) ? old.items.filter((item): item is Scalar<string> => isScalar(item) && typeof item.value === 'string') : []
  const meaning = (line: string): string => JSON.stringify(read(line))
  const list = new YAMLSeq()
  if (isSeq(old)) Object.assign(list, { comment: old.comment, commentBefore: old.commentBefore })
  for (const line of lines) {
    const at = before.findIndex((item) => meaning(item.value) === meaning(line))
    const [kept] = at === -1 ? [] : before.splice(at, 1)
    if (kept !== undefined) kept.value = line
    list.add(kept ?? scalar(line))
  }
  return list
}

function scalar(value: string): Scalar {
  return new Scalar(value)
}

function block(value: { expect: YAMLMap }, indent: number): string {
  const document = new Document(value)
  const margin = ' '.repeat(indent)
  return document
    .toString({ lineWidth: 0, indentSeq: true })
    .split('\n')
    .map((line) => (line === '' ? line : `${margin}${line}`))
    .join('\n')
}

function columnOf(text: string, node: Node): number {
  const start = node.range?.[0] ?? 0
  return start - (text.lastIndexOf('\n', start - 1) + 1)
}
