import { audioClaimReader, type AudioClaim } from './audio-claims.ts'
import { writeCallTime } from '@twinreel/contracts/call-time'
import { readDuration } from './call-clock.ts'
import { callFactReader, ownerFactReader, type CallFact } from './expected-lines.ts'
import { oneOf } from './slots.ts'
import { phraseReader, textOf, type Phrase, type ReadLine } from './phrases.ts'
import type { ExpectedCall, ExpectedDue, ExpectedOutcome, ExpectedOwner, Line } from './scenario.ts'
import type { ScenarioDocument } from './document.ts'
import type { Report } from './report.ts'
import type { Path, YamlFile } from './yaml-places.ts'

type ExpectDocument = NonNullable<ScenarioDocument['expect']>

/** Of the ledger: `settings` are those reasons that exist. */
const EXCLUSIONS = [
  'mode-never',
  'never-started',
  'not-selected',
  'emergency',
  'fax',
  'voicemail-retrieval',
  'voicemail-off',
  'whisper',
  'not-kept',
  'nothing-captured',
] as const
const FAILURES = ['announcement-failed', 'announcement-unanswered', 'announcement-unsupported', 'log-lost'] as const

const OUTCOMES: readonly Phrase<ExpectedOutcome>[] = [
  { say: '(outcome=recorded|nothing)', means: (v) => ({ outcome: textOf(v, 'outcome') as 'recorded', reason: null }) },
  { say: 'excluded , {exclusion}', means: (v) => ({ outcome: 'excluded', reason: textOf(v, 'exclusion') }) },
  { say: 'failed , {failure}', means: (v) => ({ outcome: 'failed', reason: textOf(v, 'failure') }) },
]

export function readOutcome(): (line: string) => ReadLine<ExpectedOutcome> {
  return phraseReader(OUTCOMES, { exclusion: oneOf('why it is excluded', EXCLUSIONS), failure: oneOf('why it failed', FAILURES) })
}

export function writeOutcome({ outcome, reason }: ExpectedOutcome): string {
  return reason === null ? outcome : `${outcome}, ${reason}`
}

/** `never`, `at the end`, or a duration `after the end`. */
function readDue(line: string): ReadLine<ExpectedDue> {
  if (line === 'never') return { ok: true, value: { kind: 'never' } }
  if (line === 'at the end') return { ok: true, value: { kind: 'at-the-end' } }
  const after = line.endsWith(' after the end') ? readDuration(line.slice(0, -' after the end'.length)) : null
  if (after !== null) return { ok: true, value: { kind: 'after-the-end', afterMs: after } }
  return { ok: false, at: 0, message: `“${line}” says no due date`, suggestion: 'say never, at the end, or 720 h after the end' }
}

/** A claim about nothing, or about a time that is in no call, would always be met. */
function within(read: (line: string) => ReadLine<AudioClaim>, endMs: number): (line: string) => ReadLine<AudioClaim> {
  return (line) => {
    const result = read(line)
    if (!result.ok || !('fromMs' in result.value)) return result
    const { fromMs, toMs } = result.value
    if (toMs <= fromMs) return { ok: false, at: 0, message: `${writeCallTime(toMs)} does not lie behind ${writeCallTime(fromMs)}`, suggestion: null }
    if (fromMs >= 0 && toMs <= endMs) return result
    return { ok: false, at: 0, message: `the call lasts from 00:00 to ${writeCallTime(endMs)}`, suggestion: null }
  }
}

/** Reads what is expected of one call, which ends then; `path` is where it stands. */
export function readExpected(
  expect: ExpectDocument,
  {
    path,
    names,
    users,
    endMs,
    yaml,
    report,
  }: { path: Path; names: readonly string[]; users: readonly string[]; endMs: number; yaml: YamlFile; report: Report },
): ExpectedCall {
  function lineOf<T>(at: Path, text: string, read: (line: string) => ReadLine<T>): Line<T>[] {
    const result = read(text)
    if (result.ok) return [{ line: yaml.place(at).line, text, means: result.value }]
    report(at, result.at, result.message, result.suggestion)
    return []
  }
  const linesOf = <T>(at: Path, texts: readonly string[] | undefined, read: (line: string) => ReadLine<T>): Line<T>[] =>
    (texts ?? []).flatMap((text, i) => lineOf([...at, i], text, read))
  const [ofOwner, ofCall, ofAudio, outcomeOf] = [ownerFactReader(names), callFactReader(), audioClaimReader(names), readOutcome()]

  let call: Line<CallFact>[] = []
  let isWholeCall = true
  const owners: ExpectedOwner[] = []
  for (const [name, given] of Object.entries(expect)) {
    const at = [...path, name]
    if (name === 'call') {
      if (Array.isArray(given)) call = linesOf(at, given, ofCall)
      else if (typeof given === 'object' && Object.keys(given).join(',') === 'includes') {
        isWholeCall = false
        call = linesOf([...at, 'includes'], given.includes, ofCall)
      } else report(at, 0, 'what is expected of the call is a list of lines', 'or includes: with some of them')
      continue
    }
    if (!users.includes(name)) {
      report.unknown(at, name, 'user', [...users, 'call'])
      continue
    }
    if (Array.isArray(given)) {
      report(at, 0, `what is expected of ${name} is an outcome, or a mapping`, 'put these lines below “timeline:” or “includes:”')
      continue
    }
    const owner = typeof given === 'string' ? { outcome: given } : given
    const outcomePath = typeof given === 'string' ? at : [...at, 'outcome']
    owners.push({
      owner: name,
      line: yaml.keyPlace(path, name).line,
      outcome: owner.outcome === undefined ? null : (lineOf(outcomePath, owner.outcome, outcomeOf)[0] ?? null),
      due: owner.due === undefined ? null : (lineOf([...at, 'due'], owner.due, readDue)[0] ?? null),
      timeline: owner.timeline === undefined ? null : linesOf([...at, 'timeline'], owner.timeline, ofOwner),
      includes: owner.includes === undefined ? null : linesOf([...at, 'includes'], owner.includes, ofOwner),
      audio: linesOf([...at, 'audio'], owner.audio, within(ofAudio, endMs)),
    })
  }
  return { call, isWholeCall, owners }
}
