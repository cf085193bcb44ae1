import { parsePlan, type ActionInput, type CallPlan, type CallPlanInput } from '@twinreel/simulator/plan'
import { fractionAt, keyOf } from '@twinreel/simulator/random'
import type { Party, Scenario, ScenarioCall } from '../language/scenario.ts'
import { isOfTheRecorder, type Nonsense } from '../language/timeline.ts'
import type { ScenarioIds } from './ids.ts'

type ParticipantInput = CallPlanInput['participants'][number]
type StreamInput = CallPlanInput['streams'][number]
type NonsenseInput = Extract<ActionInput, { do: 'nonsense' }>['event']

/** A call's plan, and which party each of its ends is. */
export interface CompiledCall {
  call: ScenarioCall
  plan: CallPlan
  /** Party names by participant id; who comes back has another id each time. */
  partyOf: ReadonlyMap<string, string>
}

/** The call as the simulator's platform carries it out. Throws `PlanError` for one that another seed lets end before a key has come. */
export function compileCall(scenario: Scenario, call: ScenarioCall, ids: ScenarioIds, options: { lockstep: boolean }): CompiledCall {
  const { input, partyOf } = planOf(scenario, call, ids, options)
  return { call, plan: parsePlan(input), partyOf }
}

/** The plan as it is meant, whether or not it can be carried out; `lineOf` knows, by its place from 0 on, the line of the timeline that an action is of. */
export function planOf(
  scenario: Scenario,
  call: ScenarioCall,
  ids: ScenarioIds,
  { lockstep }: { lockstep: boolean },
): { input: CallPlanInput; partyOf: CompiledCall['partyOf']; lineOf: ReadonlyMap<ActionInput, number> } {
  const cast = newCast(scenario, ids)
  const { parties } = scenario
  const caller = cast.enter(call.from, 'originating')
  const called = call.to.map((name) => cast.enter(name, 'terminating'))
  const answer = call.timeline.find(({ happening }) => happening.do === 'answer' || happening.do === 'voicemail-answers')?.happening
  const pickUp = answer?.do === 'answer' && answer.pickup ? cast.enter(answer.who, 'terminating') : null
  const answeredBy = answeredByOf(answer, { call, called, cast, parties, ids })
  const streams = [caller, ...called, ...(pickUp === null ? [] : [pickUp])].filter(
    ({ participantId }) => participantId === caller.participantId || participantId === answeredBy.participantId,
  )
  const losers = called.filter(({ participantId }) => participantId !== answeredBy.participantId)
  for (const { participantId } of losers) cast.gone(participantId)
  const wasAnswered = (call.timeline.at(-1)?.atMs ?? 0) >= 0
  const elsewhere = wasAnswered ? losers.map(({ participantId }): ActionInput => ({ do: 'leave', atMs: 0, participantId, reason: 'answered-elsewhere' })) : []
  const lineOf = new Map<ActionInput, number>()
  for (const [index, { atMs, happening }] of call.timeline.entries())
    for (const action of actionsOf(atMs, happening, { scenario, call, cast, ids, index, lockstep })) lineOf.set(action, index)
  const end = call.timeline.findLast((line) => !isOfTheRecorder(line))?.happening
  const input: CallPlanInput = {
    callId: ids.callId(call.name),
    orgId: ids.orgId,
    seed: scenario.seed,
    direction: call.direction,
    callType: call.type === 'unknown' ? null : call.type,
    about: {
      ...(call.location === null ? {} : { location: call.location }),
      ...(call.dialledDigits === null ? {} : { dialledDigits: call.dialledDigits }),
      ...(call.redirections.length === 0 ? {} : { redirections: call.redirections.map((one) => ({ ...one })) }),
      ...(call.relatedTo === null ? {} : { relatedCall: { callId: ids.callId(call.relatedTo.call), reason: call.relatedTo.reason } }),
    },
    startAfterMs: call.startsMs,
    ringMs: call.ringMs,
    participants: [caller, ...called],
    ...(pickUp === null ? {} : { pickUp }),
    answeredBy,
    capabilities: call.platform,
    streams: streams.map(({ participantId }) => cast.stream(participantId)),
    ...fatesOf(call),
    losses: lossesOf(call, cast),
    skewMs: scenario.faults.clockSkewMs,
    actions: [...elsewhere, ...lineOf.keys()].toSorted((a, b) => a.atMs - b.atMs),
    end: end?.do === 'vanish' || scenario.faults.lostEnd ? 'vanishes' : 'announced',
  }
  return { input, partyOf: cast.partyOf, lineOf }
}

interface Cast {
  partyOf: Map<string, string>
  enter(name: string, role: ParticipantInput['role']): ParticipantInput
  gone(participantId: string): void
  /** The party's present end of the call. */
  at(name: string): string
  stream(participantId: string): StreamInput
  /** Everybody who is in the call, in the order in which they came. */
  present(): string[]
}

function newCast(scenario: Scenario, ids: ScenarioIds): Cast {
  const partyOf = new Map<string, string>()
  const present = new Map<string, string>()
  const visits = new Map<string, number>()
  const partyNamed = (name: string): Party => {
    const party = scenario.parties.get(name)
    if (party === undefined) throw new Error(`there is no party ${name}`)
    return party
  }
  return {
    partyOf,
    enter(name, role) {
      const party = partyNamed(name)
      const visit = (visits.get(name) ?? 0) + 1
      visits.set(name, visit)
      const participantId = visit === 1 ? name : `${name}-${visit}`
      partyOf.set(participantId, name)
      present.set(name, participantId)
      const owner = scenario.users.find((user) => user.name === party.user)
      return {
        participantId,
        role,
        ...(party.user === null ? {} : { userId: ids.userId(party.user), ownerType: owner?.ownerType ?? 'user' }),
        ...(party.number === null ? {} : { number: party.number }),
        ...(party.displayName === null ? {} : { displayName: party.displayName }),
        ...(party.deviceId === null ? {} : { deviceId: party.deviceId }),
      }
    },
    gone(participantId) {
      const name = partyOf.get(participantId) ?? ''
      if (present.get(name) === participantId) present.delete(name)
    },
    at: (name) => present.get(name) ?? name,
    stream(participantId) {
      const { codec, sampleRateHz } = partyNamed(partyOf.get(participantId) ?? '')
      return { streamId: participantId, participantIds: [participantId], codec, sampleRateHz }
    },
    present: () => [...present.keys()],
  }
}

function answeredByOf(
  answer: ScenarioCall['timeline'][number]['happening'] | undefined,
  {
    call,
    called,
    cast,
    parties,
    ids,
  }: { call: ScenarioCall; called: readonly ParticipantInput[]; cast: Cast; parties: ReadonlyMap<string, Party>; ids: ScenarioIds },
): CallPlanInput['answeredBy'] {
  if (answer?.do !== 'voicemail-answers')
    return { kind: 'participant', participantId: answer?.do === 'answer' ? cast.at(answer.who) : (called[0]?.participantId ?? '') }
  const mailbox = answer.who ?? call.to[0] ?? ''
  const user = parties.get(mailbox)?.user ?? null
  return { kind: 'voicemail', participantId: cast.at(mailbox), ...(user === null ? {} : { userId: ids.userId(user) }) }
}

interface Story {
  scenario: Scenario
  call: ScenarioCall
  cast: Cast
  ids: ScenarioIds
  index: number
  lockstep: boolean
}

function actionsOf(
  atMs: number,
  happening: ScenarioCall['timeline'][number]['happening'],
  { scenario, cast, ids, call, index, lockstep }: Story,
): ActionInput[] {
  switch (happening.do) {
    case 'answer':
    case 'voicemail-answers':
      return []
    case 'hang-up':
      return [{ do: 'hang-up', atMs, reason: happening.reason }]
    case 'vanish':
      return [{ do: 'hang-up', atMs, reason: 'vanished' }]
    case 'control': {
      const { faults, parties } = scenario
      const lateMs = happening.delayMs + faults.delayMs + Math.round(faults.jitterMs * fractionAt(keyOf('jitter', scenario.seed, call.name), index))
      const user = parties.get(happening.who)?.user ?? null
      return [
        {
          do: 'control',
          atMs,
          control: happening.control,
          via: happening.via,
          stamped: happening.stamped,
          ...(happening.datedMs === null ? {} : { datedMs: happening.datedMs }),
          delayMs: lateMs,
          // A key of a further end is known by that end.
          ...(user === happening.who ? { userId: ids.userId(user) } : { participantId: cast.at(happening.who) }),
        },
      ]
    }
    case 'hold':
      return [{ do: 'hold', atMs, participantId: cast.at(happening.who), silent: happening.silent }]
    case 'retrieve':
      return [{ do: 'retrieve', atMs, participantId: cast.at(happening.who) }]
    case 'join': {
      const participant = cast.enter(happening.who, 'terminating')
      return [{ do: 'join', atMs, participant, streams: [cast.stream(participant.participantId)], ...reasonOf(happening.reason) }]
    }
    case 'leave': {
      const participantId = cast.at(happening.who)
      cast.gone(participantId)
      return [{ do: 'leave', atMs, participantId, ...reasonOf(happening.reason) }]
    }
    case 'transfer': {
      const by = happening.by ?? cast.present().find((name) => name !== happening.who) ?? ''
      const leaving = cast.at(by)
      const participant = cast.enter(happening.to, 'terminating')
      cast.gone(leaving)
      return [
        { do: 'join', atMs, participant, streams: [cast.stream(participant.participantId)], reason: 'transfer' },
        { do: 'leave', atMs, participantId: leaving, reason: 'transfer' },
      ]
    }
    case 'renegotiate':
      return [{ do: 'renegotiate', atMs, streamId: cast.at(happening.who), codec: happening.codec, sampleRateHz: happening.sampleRateHz }]
    case 'publisher-away': {
      const { forMs, restarts } = happening
      const idleMs = (scenario.rules.idleEndSeconds ?? 120) * 1_000
      const away: ActionInput = { do: 'away', atMs, forMs, restarts }
      return !lockstep || forMs < idleMs ? [away] : [away, { do: 'timer', atMs: atMs + idleMs }]
    }
    case 'nonsense': {
      const event = nonsenseOf(happening.nonsense, { atMs, cast, ids, call })
      return [{ do: 'nonsense', atMs, event, afterTheEnd: happening.nonsense.kind === 'holds-after-the-end' }]
    }
    case 'audio-late': {
      const [fromMs, toMs] = [atMs, atMs + happening.forMs]
      const ofWhom = happening.who === null ? {} : { streamId: cast.at(happening.who) }
      return [{ do: 'send-late', atMs: toMs + happening.byMs, fromMs, toMs, ...ofWhom }]
    }
    case 'collect-audio':
      return [{ do: 'collect', atMs, forMs: happening.forMs }]
    case 'audio-lost':
    case 'prompt-fate':
    case 'gate-fate':
    case 'recorder-restarts':
    case 'recorder-notices':
      return []
  }
}

function nonsenseOf(nonsense: Nonsense, { atMs, cast, ids, call }: { atMs: number } & Pick<Story, 'cast' | 'ids' | 'call'>): NonsenseInput {
  switch (nonsense.kind) {
    case 'starts-again': {
      const { direction, type, platform: capabilities } = call
      return {
        type: 'call.started',
        data: {
          orgId: ids.orgId,
          callId: ids.callId(call.name),
          direction,
          ...(type === 'unknown' ? {} : { callType: type }),
          participants: [{ participantId: cast.at(call.from), role: 'originating' }],
          capabilities,
        },
      }
    }
    case 'answers-again':
      return { type: 'call.answered', data: { by: { kind: 'participant', participantId: cast.at(call.from) }, streams: [] } }
    case 'adds-stream': {
      const { codec = 'PCMU', sampleRateHz = 8_000, ...stream } = cast.stream(cast.at(call.from))
      return { type: 'stream.added', data: { stream: { ...stream, codec, sampleRateHz } } }
    }
    case 'stranger':
      return { type: STRANGERS[nonsense.verb], data: { atMs, participantId: 'stranger' } }
    // The first one shuts the gate, the second opens it, and so on.
    case 'gate-answer':
      return { type: nonsense.sequence % 2 === 1 ? 'gate.closed' : 'gate.opened', data: { atMs, sequence: nonsense.sequence } }
    case 'holds':
      return { type: 'call.held', data: { atMs: nonsense.toldMs, participantId: cast.at(nonsense.who) } }
    case 'holds-after-the-end':
      return { type: 'call.held', data: { atMs, participantId: cast.at(nonsense.who) } }
  }
}

const STRANGERS = { leaves: 'participant.left', holds: 'call.held', retrieves: 'call.retrieved' } as const

function fatesOf({ timeline }: ScenarioCall): Pick<CallPlanInput, 'promptFates' | 'gateFates'> {
  return {
    promptFates: timeline.flatMap(({ atMs, happening }) =>
      happening.do === 'prompt-fate' ? [{ fromMs: atMs, which: happening.which, every: happening.every, fate: happening.fate }] : [],
    ),
    gateFates: timeline.flatMap(({ atMs, happening }) =>
      happening.do === 'gate-fate' ? [{ fromMs: atMs, every: happening.every, fate: happening.fate }] : [],
    ),
  }
}

/** Of somebody who comes back, the stream of the time before may be meant: it is long over then, and loses nothing. */
function lossesOf({ timeline }: ScenarioCall, { partyOf }: Cast): NonNullable<CallPlanInput['losses']> {
  return timeline.flatMap(({ atMs, happening }) => {
    switch (happening.do) {
      case 'publisher-away':
        return [{ fromMs: atMs, toMs: atMs + happening.forMs }]
      case 'audio-lost': {
        const lost = { fromMs: atMs, toMs: atMs + happening.forMs }
        if (happening.who === null) return [lost]
        return [...partyOf].filter(([, name]) => name === happening.who).map(([streamId]) => ({ ...lost, streamId }))
      }
      default:
        return []
    }
  })
}

function reasonOf(reason: string | null): { reason?: string } {
  return reason === null ? {} : { reason }
}
