import { nearest } from '@twinreel/service/nearest'
import type { ScenarioCall } from './scenario.ts'
import { isOfTheRecorder } from './timeline.ts'
import { writeCallTime } from '@twinreel/contracts/call-time'

type Tell = (line: number | null, message: string, suggestion?: string | null) => void

/** Who is in the call at a moment of the story. */
interface Cast {
  present: Set<string>
  ringing: Set<string>
  holding: Set<string>
  answered: boolean
}

/** What no single line shows: people who act before they came, times that go back, a story without an end. Lines by their place in the timeline. */
export function storyProblems(call: ScenarioCall, tell: Tell): void {
  const { timeline } = call
  const [first] = timeline
  const last = Math.max(
    0,
    timeline.findLastIndex((line) => !isOfTheRecorder(line)),
  )
  if (first === undefined) return tell(null, 'the timeline is empty')
  const cast: Cast = { present: new Set([call.from]), ringing: new Set(call.to), holding: new Set(), answered: false }
  const answers = timeline.some(({ happening }) => happening.do === 'answer' || happening.do === 'voicemail-answers')
  const isEnd = (i: number): boolean => timeline[i]?.happening.do === 'hang-up' || timeline[i]?.happening.do === 'vanish'
  if (!isEnd(last)) tell(last, 'the last line must end the call', 'say hang up, or NAME hangs up, or call vanishes')
  for (const [i, name] of call.to.entries()) {
    if (name === call.from) tell(null, `${name} calls and is called`)
    if (call.to.indexOf(name) !== i) tell(null, `${name} stands in “to” twice`)
  }
  for (const [i, { atMs, happening }] of timeline.entries()) {
    const before = timeline[i - 1]
    if (before !== undefined && before.atMs > atMs) tell(i, `${writeCallTime(atMs)} lies before the line in front of it`)
    if (atMs < -call.ringMs) tell(i, `the call begins to ring ${call.ringMs} ms before it is answered`, 'let it ring longer with rings:')
    if (isEnd(i) && i !== last) tell(i, 'only the last line can end the call')
    if (!cast.answered && atMs >= 0 && !answers) answer(cast, call.to[0] ?? '')
    switch (happening.do) {
      case 'answer':
        if (cast.answered) tell(i, 'the call is answered already')
        if (atMs !== 0) tell(i, 'a call is answered at 00:00: its times count from there')
        if (happening.pickup && cast.ringing.has(happening.who)) tell(i, `${happening.who} is called, and answers`)
        if (!happening.pickup && !cast.ringing.has(happening.who)) tell(i, `${happening.who} is not called`, suggest(happening.who, call.to))
        answer(cast, happening.who)
        break
      case 'voicemail-answers':
        if (cast.answered) tell(i, 'the call is answered already')
        if (atMs !== 0) tell(i, 'a call is answered at 00:00: its times count from there')
        if (happening.who !== null && !cast.ringing.has(happening.who)) tell(i, `${happening.who} is not called`, suggest(happening.who, call.to))
        answer(cast, happening.who ?? call.to[0] ?? '')
        break
      case 'control':
      case 'prompt-fate':
      case 'gate-fate':
      case 'vanish':
        break
      case 'hang-up':
        if (happening.who !== null) mustBeHere(cast, happening.who, i, tell)
        break
      case 'hold':
        mustBeHere(cast, happening.who, i, tell)
        if (cast.holding.has(happening.who)) tell(i, `${happening.who} holds the call already`)
        cast.holding.add(happening.who)
        break
      case 'retrieve':
        if (!cast.holding.delete(happening.who)) tell(i, `${happening.who} does not hold the call`)
        break
      case 'join':
        if (!cast.answered) tell(i, 'nobody joins a call that is not answered')
        if (cast.present.has(happening.who)) tell(i, `${happening.who} is in the call already`)
        cast.present.add(happening.who)
        break
      case 'leave':
        mustBeHere(cast, happening.who, i, tell)
        leave(cast, happening.who)
        break
      case 'transfer': {
        mustBeHere(cast, happening.who, i, tell)
        const others = [...cast.present].filter((name) => name !== happening.who)
        const by = happening.by ?? others[0]
        if (happening.by === null && others.length !== 1)
          tell(
            i,
            `who transfers ${happening.who} can’t be told with ${others.length + 1} in the call`,
            `say NAME transfers ${happening.who} to ${happening.to}`,
          )
        if (happening.by !== null) mustBeHere(cast, happening.by, i, tell)
        if (cast.present.has(happening.to)) tell(i, `${happening.to} is in the call already`)
        cast.present.add(happening.to)
        if (by !== undefined) leave(cast, by)
        break
      }
      case 'renegotiate':
        mustBeHere(cast, happening.who, i, tell)
        if (happening.codec !== 'L16' && happening.sampleRateHz !== 8_000) tell(i, `${happening.codec} has 8000 samples a second`)
        break
      case 'audio-lost':
        if (happening.who !== null) mustBeHere(cast, happening.who, i, tell)
        break
      case 'audio-late': {
        if (happening.who !== null) mustBeHere(cast, happening.who, i, tell)
        const comesMs = atMs + happening.forMs + happening.byMs
        const endMs = timeline[last]?.atMs ?? 0
        if (comesMs >= endMs)
          tell(i, `it comes at ${writeCallTime(comesMs)}, and the call ends at ${writeCallTime(endMs)}`, 'say audio is lost, or let the call last longer')
        break
      }
      case 'recorder-restarts':
        break
      case 'recorder-notices':
        if (i < last || timeline[last]?.happening.do !== 'vanish')
          tell(i, 'there is no silence to notice', 'it stands behind `call vanishes`, as much later as `idle-end` says (120 s) or more')
        break
      case 'nonsense':
        if (happening.nonsense.kind === 'adds-stream' && atMs >= 0) tell(i, 'a stream is added too early only before the answer')
        if (happening.nonsense.kind !== 'adds-stream' && atMs < 0) tell(i, 'the publisher can’t say so before the answer')
        if ('who' in happening.nonsense) mustBeHere(cast, happening.nonsense.who, i, tell)
        break
      case 'collect-audio':
        if (!cast.answered) tell(i, 'there is no audio before the answer')
        break
      case 'publisher-away':
        if (!cast.answered) tell(i, 'the publisher can’t be away before the answer')
        break
    }
  }
}

function answer(cast: Cast, who: string): void {
  cast.answered = true
  cast.present.add(who)
}

function leave(cast: Cast, who: string): void {
  cast.present.delete(who)
  cast.holding.delete(who)
}

function mustBeHere(cast: Cast, who: string, line: number, tell: Tell): void {
  if (cast.present.has(who)) return
  tell(line, `${who} is not in the call at that time`, suggest(who, [...cast.present]))
}

function suggest(found: string, names: readonly string[]): string | null {
  const near = nearest(found, names)
  return near === null ? `in it are ${names.join(', ')}` : `did you mean “${near}”?`
}
