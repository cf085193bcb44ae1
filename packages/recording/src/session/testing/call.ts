import type { CallEventData, CallEventType, Participant, StreamDescription } from '@twinreel/contracts/call-events'
import type { MediaRun } from '@twinreel/contracts/media'
import type { CallEvent, EventHead } from '@twinreel/contracts/messages'
import type { Effect } from '../../effects.ts'
import type { Policies } from '../../policy.ts'
import type { ControlName, OrgRules, SettingsInput } from '../../settings.ts'
import { fold, type Folded } from '../fold.ts'
import { find } from '../lookup.ts'
import { participantsToResolve } from '../people.ts'
import type { CallState } from '../state.ts'
import { participant, policyOf, streamOf, type Name } from './people.ts'

export const TIME_ZERO_MS = Date.parse('2026-03-02T10:00:00Z')
const SILENCE = new Uint8Array(1 << 20)

export interface Given {
  /** Users who are known, and their settings; whoever is not named here is nobody we know. */
  settings: Partial<Record<Name, SettingsInput>>
  rules?: Partial<OrgRules>
  /** `null`: the platform does not say. */
  callType?: CallEventData<'call.started'>['callType'] | null
  participants?: readonly Participant[]
  capabilities?: Partial<CallEventData<'call.started'>['capabilities']>
}

/** One call as its platform tells it, folded message by message. `effects` is all it asked for, `latest` what the last message did. */
export interface Call {
  state: CallState | null
  effects: Effect[]
  latest: Folded
  events: CallEvent[]
  policies: Policies
  send: (event: CallEvent) => Folded
  tell: <T extends CallEventType>(type: T, data: CallEventData<T>, head?: Partial<EventHead>) => Folded
}

/** A call that has started and rings. */
export function given({ settings, rules, callType = 'pstn', participants = [participant('alice'), participant('bob')], capabilities }: Given): Call {
  const names: readonly Name[] = ['alice', 'bob', 'carol']
  const known = names.flatMap((name) => (settings[name] === undefined ? [] : [[name, policyOf(name, settings[name], rules)] as const]))
  const call: Call = {
    state: null,
    effects: [],
    latest: { state: null, effects: [], placed: [] },
    events: [],
    policies: Object.fromEntries(known),
    send: (event) => {
      call.events.push(event)
      call.latest = foldOne(call.state, event, call.policies)
      call.state = call.latest.state
      call.effects.push(...call.latest.effects)
      return call.latest
    },
    tell: (type, data, head = {}) => call.send({ ...headOf(call, head), type, data } as CallEvent),
  }
  call.tell('call.started', {
    orgId: 'acme',
    callId: 'call-1',
    redirections: [],
    participants: [...participants],
    ...(callType === null ? {} : { callType }),
    capabilities: { prompts: 'obeys', gate: false, indicator: false, ...capabilities },
  })
  return call
}

/** As a recorder folds: looks up first whose policies the message needs, by user, and hands them over by participant. */
export function foldOne(state: CallState | null, event: CallEvent, byUser: Policies): Folded {
  const needed = participantsToResolve(state, event).map((who) => [who.participantId, find(byUser, who.userId ?? '') ?? null] as const)
  return fold(state, event, Object.fromEntries(needed))
}

export function headOf(call: Call, head: Partial<EventHead> = {}): EventHead {
  return { callId: 'call-1', id: `e${call.events.length}`, source: '/platform', timeMs: null, awaits: false, ...head }
}

/** Bob answers; everybody in `speakers` is heard from now on. */
export function answer(
  call: Call,
  by: CallEventData<'call.answered'>['by'] = { kind: 'participant', participantId: 'bob' },
  streams: StreamDescription[] = [streamOf('alice'), streamOf('bob')],
): Call {
  call.tell('call.answered', { by, streams }, { timeMs: TIME_ZERO_MS })
  return call
}

export function run(name: string, fromMs: number, toMs: number): MediaRun {
  return { streamId: `${name}-audio`, offset: fromMs * 8, sampleCount: (toMs - fromMs) * 8, bytes: SILENCE.subarray(0, (toMs - fromMs) * 8) }
}

/** One message with audio of each speaker. `madeMs`: when it was made, by its publisher's clock; without it the message does not say so. */
export function media(call: Call, fromMs: number, toMs: number, speakers: readonly string[] = ['alice', 'bob'], madeMs: number | null = null): Folded {
  const head = headOf(call, { timeMs: madeMs === null ? null : TIME_ZERO_MS + madeMs })
  return call.send({ ...head, type: 'media', runs: speakers.map((name) => run(name, fromMs, toMs)) })
}

/** Audio of everybody, a second a message, from where their audio is until `toMs`. */
export function talk(call: Call, toMs: number, speakers: readonly string[] = ['alice', 'bob']): Call {
  const from = call.state?.audioEndMs ?? 0
  for (let at = from; at < toMs; at += 1_000) media(call, at, Math.min(at + 1_000, toMs), speakers)
  return call
}

/** A user presses a key: without `atMs` it counts from where the call's audio is. */
export function press(call: Call, name: string, control: ControlName, atMs?: number): Folded {
  return call.tell(`control.${control}`, { userId: name, via: 'softkey', ...(atMs === undefined ? {} : { atMs }) })
}

/** The platform says what became of the newest prompt of this kind. */
export function promptFinished(call: Call, prompt: string, result: { fromMs: number; toMs: number } | 'failed' | 'expired'): Folded {
  const open = call.state?.prompts.findLast((candidate) => candidate.prompt === prompt)
  if (open === undefined) throw new Error(`nobody asked for the prompt ${prompt}`)
  const { promptId } = open
  return call.tell(
    'prompt.finished',
    typeof result === 'string' ? { promptId, outcome: result } : { promptId, outcome: 'played', ...result, atMs: result.toMs },
  )
}

export function gate(call: Call, what: 'closed' | 'opened', atMs: number, sequence: number = call.state?.gate.sequence ?? 0): Folded {
  return call.tell(`gate.${what}`, { sequence, atMs })
}

/** The call is over; both streams end there if `whole`, so that nothing needs to be waited for. */
export function end(call: Call, atMs: number, { whole = true }: { whole?: boolean } = {}): Folded {
  const finalSamples = whole ? Object.keys(call.state?.streams ?? {}).map((streamId) => ({ streamId, sampleOffset: atMs * 8 })) : []
  return call.tell('call.ended', { atMs, finalSamples })
}

/** A recorder at the log's end says that nothing has come for `silentMs`. */
export function silence(call: Call, silentMs: number): Folded {
  const { state } = call
  if (state === null) throw new Error('no call')
  return call.tell('timer.due', { atMs: state.clockMs + silentMs, after: state.last }, { source: '/recorder' })
}

export function hangUp(call: Call, name: string, atMs: number): Folded {
  return call.tell('participant.left', { participantId: name, atMs })
}

export function join(call: Call, name: string, atMs: number): Folded {
  return call.tell('participant.joined', { participant: participant(name), streams: [streamOf(name)], atMs })
}
