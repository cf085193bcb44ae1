import type { CallState } from '../state.ts'
import { answer, given, media, press, type Call } from './call.ts'
import { participant, streamOf } from './people.ts'
import type { Act, Script } from './script.ts'

/** Plays a script to its end: every call ends, and a timer settles what is waited for. `after` sees each message when it is folded. */
export function play(script: Script, { before, after }: { before: (call: Call) => void; after: (call: Call) => void }): Call {
  const call = given(script.given)
  const { send } = call
  after(call)
  call.send = (event) => {
    before(call)
    const folded = send(event)
    after(call)
    return folded
  }
  answer(call, script.by, [streamOf('alice'), streamOf(script.by.kind === 'voicemail' ? 'mailbox' : 'bob')])
  const platform: Platform = { call, cursorMs: 0, missed: [] }
  for (const act of script.acts) perform(platform, act)
  const state = stateOf(call)
  if (state.phase === 'answered') perform(platform, { do: 'end', isWhole: true, lagMs: 0 })
  if (stateOf(call).phase === 'ending') perform(platform, { do: 'timer', ms: 2_000, isStale: false })
  return call
}

interface Platform {
  call: Call
  /** How far the platform's own clock has come. */
  cursorMs: number
  /** Audio that was left out so far. */
  missed: { fromMs: number; toMs: number; speakers: readonly string[] }[]
}

function stateOf(call: Call): CallState {
  if (call.state === null) throw new Error('the call has no state')
  return call.state
}

function perform(platform: Platform, act: Act): void {
  const { call } = platform
  const state = stateOf(call)
  const nowMs = Math.max(platform.cursorMs, state.clockMs)
  const agoMs = 'lagMs' in act ? Math.max(0, nowMs - act.lagMs) : nowMs
  switch (act.do) {
    case 'talk':
      return talk(platform, act, nowMs)
    case 'jump':
      platform.cursorMs = nowMs + act.ms
      return void media(call, platform.cursorMs, platform.cursorMs, ['alice'])
    case 'press':
      return void press(call, act.who, act.control, act.at === null ? undefined : Math.max(0, state.clockMs + act.at))
    case 'prompt': {
      const open = state.prompts[act.which % Math.max(1, state.prompts.length)]
      const toMs = Math.max(0, nowMs + act.ms)
      const result = act.outcome === 'played' ? { outcome: act.outcome, fromMs: Math.max(0, toMs - 1_000), toMs } : { outcome: act.outcome }
      return void call.tell('prompt.finished', { promptId: open?.promptId ?? 'call-1/p0', ...result, atMs: nowMs })
    }
    case 'gate': {
      const isClosing = state.gate.state === 'closing' || state.gate.state === 'shut'
      return void call.tell(isClosing === act.isWrong ? 'gate.opened' : 'gate.closed', {
        sequence: Math.max(1, state.gate.sequence - (act.isOld ? 1 : 0)),
        atMs: agoMs,
      })
    }
    case 'hold':
      return void call.tell('call.held', { participantId: act.who, atMs: agoMs })
    case 'retrieve':
      return void call.tell('call.retrieved', { participantId: act.who, atMs: agoMs })
    case 'leave':
      return void call.tell('participant.left', { participantId: act.who, atMs: agoMs })
    case 'join':
      return void call.tell('participant.joined', { participant: participant(act.who), streams: [streamOf(act.who)], atMs: nowMs })
    case 'change':
      return void call.tell('stream.changed', { stream: { ...streamOf(act.who), participantIds: [act.who, `guest-${call.events.length}`] }, atMs: nowMs })
    case 'add':
      return void call.tell('stream.added', { stream: streamOf(act.who), atMs: nowMs })
    case 'again': {
      const event = call.events[act.what % call.events.length]
      return event === undefined ? undefined : void call.send(event)
    }
    case 'timer':
      return void call.tell(
        'timer.due',
        { atMs: state.clockMs + act.ms, after: act.isStale ? { source: '/platform', id: 'e0' } : state.last },
        { source: '/recorder' },
      )
    case 'startAgain':
      return void call.tell('call.started', {
        orgId: 'acme',
        callId: 'call-1',
        redirections: [],
        participants: [participant('carol')],
        capabilities: { prompts: 'none', gate: false, indicator: false },
      })
    case 'answerAgain':
      return void call.tell('call.answered', { by: { kind: 'participant', participantId: 'carol' }, streams: [] }, { timeMs: 0 })
    case 'end':
      return end(platform, act, nowMs)
  }
}

function end({ call }: Platform, { isWhole, lagMs, last }: Extract<Act, { do: 'end' }>, nowMs: number): void {
  const endMs = nowMs + (last?.ms ?? 0)
  const finalSamples = isWhole ? Object.keys(stateOf(call).streams).map((streamId) => ({ streamId, sampleOffset: endMs * 8 })) : []
  const speak = (): void => void media(call, nowMs, endMs, ['alice', 'bob', 'carol'])
  if (last?.comes === 'before') speak()
  call.tell('call.ended', { atMs: Math.max(0, endMs - lagMs), finalSamples })
  if (last?.comes === 'behind') speak()
}

function talk(platform: Platform, { ms, speakers, how }: Extract<Act, { do: 'talk' }>, fromMs: number): void {
  const { call } = platform
  const [toMs, middleMs] = [fromMs + ms, fromMs + Math.floor(ms / 2)]
  platform.cursorMs = toMs
  switch (how) {
    case 'plain':
      return void media(call, fromMs, toMs, speakers)
    case 'gap':
      platform.missed.push({ fromMs, toMs: middleMs, speakers })
      return void media(call, middleMs, toMs, speakers)
    case 'twice':
      media(call, fromMs, toMs, speakers)
      return void media(call, fromMs, toMs, speakers)
    case 'swapped':
      media(call, middleMs, toMs, speakers)
      return void media(call, fromMs, middleMs, speakers)
    case 'late': {
      const missed = platform.missed.pop()
      return missed === undefined ? undefined : void media(call, missed.fromMs, missed.toMs, missed.speakers)
    }
    case 'nobody':
      return void media(call, fromMs, toMs, ['nobody', 'alice'])
  }
}
