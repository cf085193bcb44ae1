import type { Mode } from '@twinreel/recording/settings'
import type { ActionInput, CallPlanInput } from './plan.ts'
import type { SimulatedUser } from './people.ts'
import type { Draws } from './random.ts'

/** What a recipe may use: the people, chance, and the call's length. */
export interface Kitchen {
  readonly draws: Draws
  readonly users: readonly SimulatedUser[]
  readonly lengthMs: number
}

type ParticipantInput = CallPlanInput['participants'][number]
/** The part of a plan that makes the difference; whole calls are made of it in generate.ts. */
export interface Dish extends Pick<CallPlanInput, 'direction' | 'callType' | 'participants' | 'answeredBy' | 'announcements'> {
  /** All but the hang-up, in any order. */
  actions: ActionInput[]
}

/** In the order in which they are used, over and over: plain calls come most often, and the first dozen have a bit of everything. */
export const RECIPES: readonly ((kitchen: Kitchen) => Dish)[] = [
  plain('inbound'),
  pausedAndResumed,
  internal,
  onDemand,
  plain('outbound'),
  keepOnRequest,
  transferred,
  voicemailReceived,
  held,
  conference,
  rejected,
  emergency,
  plain('inbound'),
  pausedAndResumed,
  plain('outbound'),
  onDemand,
  voicemailSent,
  internal,
  announcementFails,
  renegotiated,
  plain('outbound'),
  fax,
  plain('inbound'),
  held,
]

function outside(draws: Draws, participantId: string, role: ParticipantInput['role']): ParticipantInput {
  return { participantId, role, number: `+1202555${String(draws.whole(1_000, 9_999))}`, voice: 'cards' }
}

function inside(user: SimulatedUser, participantId: string, role: ParticipantInput['role']): ParticipantInput {
  return { participantId, role, userId: user.userId, number: user.number, voice: 'reader' }
}

/** A user with one of these modes, or anybody when there is none. */
function someUser({ draws, users }: Kitchen, modes: readonly Mode[] = [], except?: SimulatedUser): SimulatedUser {
  const others = users.filter((user) => user !== except)
  const fitting = others.filter((user) => modes.includes(user.settings.mode))
  return draws.pick(fitting.length > 0 ? fitting : others)
}

/** A moment between two parts of the call, in milliseconds. */
function moment({ draws, lengthMs }: Kitchen, from: number, to: number): number {
  return draws.whole(Math.ceil(lengthMs * from), Math.floor(lengthMs * to))
}

/** Half of them come through an API, without a time of the platform's: then they count from where they stand in the log, a whole second. */
function press(kitchen: Kitchen, user: SimulatedUser, control: 'start' | 'stop' | 'pause' | 'resume', from: number, to: number): ActionInput {
  const atMs = moment(kitchen, from, to)
  const stamped = control === 'resume' || kitchen.draws.chance(0.5)
  return {
    do: 'control',
    control,
    userId: user.userId,
    via: stamped ? kitchen.draws.pick(['softkey', 'feature-code'] as const) : 'api',
    atMs: stamped ? atMs : Math.floor(atMs / 1_000) * 1_000,
    stamped,
  }
}

function withOutside(kitchen: Kitchen, user: SimulatedUser, direction: 'inbound' | 'outbound', actions: ActionInput[] = []): Dish {
  const [caller, called] =
    direction === 'inbound'
      ? [outside(kitchen.draws, 'caller', 'originating'), inside(user, 'called', 'terminating')]
      : [inside(user, 'caller', 'originating'), outside(kitchen.draws, 'called', 'terminating')]
  return { direction, callType: 'pstn', participants: [caller, called], answeredBy: { kind: 'participant', participantId: 'called' }, actions }
}

function withAnyOutside(kitchen: Kitchen, user: SimulatedUser, actions: ActionInput[]): Dish {
  return withOutside(kitchen, user, kitchen.draws.pick(['inbound', 'outbound']), actions)
}

/** Which end of a call with one user is the user's. */
function userEnd({ direction }: Dish): string {
  return direction === 'inbound' ? 'called' : 'caller'
}

function plain(direction: 'inbound' | 'outbound'): (kitchen: Kitchen) => Dish {
  return (kitchen) => withOutside(kitchen, someUser(kitchen, ['always', 'always-pause-resume']), direction)
}

function internal(kitchen: Kitchen): Dish {
  const from = someUser(kitchen)
  const to = kitchen.users.length > 1 ? someUser(kitchen, [], from) : null
  if (to === null) return withOutside(kitchen, from, 'outbound')
  const participants = [inside(from, 'caller', 'originating'), { ...inside(to, 'called', 'terminating'), voice: 'cards' as const }]
  return { direction: 'internal', callType: 'internal', participants, answeredBy: { kind: 'participant', participantId: 'called' }, actions: [] }
}

function pausedAndResumed(kitchen: Kitchen): Dish {
  const user = someUser(kitchen, ['always-pause-resume'])
  return withAnyOutside(kitchen, user, [
    press(kitchen, user, 'pause', 0.2, 0.3),
    press(kitchen, user, 'resume', 0.4, 0.5),
    press(kitchen, user, 'pause', 0.6, 0.7),
    ...(kitchen.draws.chance(0.7) ? [press(kitchen, user, 'resume', 0.75, 0.85)] : []),
  ])
}

function onDemand(kitchen: Kitchen): Dish {
  const user = someUser(kitchen, ['on-demand-user-start'])
  const again = kitchen.draws.chance(0.5) ? [press(kitchen, user, 'start', 0.8, 0.9)] : []
  return withAnyOutside(kitchen, user, [
    press(kitchen, user, 'start', 0.1, 0.25),
    press(kitchen, user, 'pause', 0.3, 0.4),
    press(kitchen, user, 'resume', 0.45, 0.5),
    press(kitchen, user, 'stop', 0.6, 0.75),
    ...again,
  ])
}

function keepOnRequest(kitchen: Kitchen): Dish {
  const user = someUser(kitchen, ['on-demand'])
  return withAnyOutside(kitchen, user, kitchen.draws.chance(0.6) ? [press(kitchen, user, 'start', 0.3, 0.8)] : [])
}

function transferred(kitchen: Kitchen): Dish {
  const user = someUser(kitchen, ['always', 'always-pause-resume'])
  const dish = withAnyOutside(kitchen, user, [])
  const toUser = kitchen.users.length > 1 && kitchen.draws.chance(0.6)
  const participant = toUser ? inside(someUser(kitchen, [], user), 'target', 'terminating') : outside(kitchen.draws, 'target', 'terminating')
  const atMs = moment(kitchen, 0.4, 0.6)
  dish.actions.push({ do: 'hold', atMs: moment(kitchen, 0.3, 0.35), participantId: userEnd(dish), silent: true })
  dish.actions.push({ do: 'join', atMs, participant, streams: [{ streamId: 'target', participantIds: ['target'] }], reason: 'transfer' })
  dish.actions.push({ do: 'leave', atMs, participantId: userEnd(dish), reason: 'transfer' })
  return dish
}

function conference(kitchen: Kitchen): Dish {
  const participant = outside(kitchen.draws, 'third', 'terminating')
  const actions: ActionInput[] = [
    { do: 'join', atMs: moment(kitchen, 0.2, 0.4), participant, streams: [{ streamId: 'third', participantIds: ['third'] }], reason: 'conference' },
  ]
  if (kitchen.draws.chance(0.5)) actions.push({ do: 'leave', atMs: moment(kitchen, 0.6, 0.8), participantId: 'third', reason: 'hung-up' })
  return withAnyOutside(kitchen, someUser(kitchen, ['always', 'always-pause-resume']), actions)
}

function held(kitchen: Kitchen): Dish {
  const dish = withAnyOutside(kitchen, someUser(kitchen, ['always', 'always-pause-resume']), [])
  const participantId = userEnd(dish)
  dish.actions.push({ do: 'hold', atMs: moment(kitchen, 0.2, 0.4), participantId, silent: kitchen.draws.chance(0.5) })
  dish.actions.push({ do: 'retrieve', atMs: moment(kitchen, 0.5, 0.7), participantId })
  return dish
}

function voicemailReceived(kitchen: Kitchen): Dish {
  const user = someUser(kitchen, ['always', 'always-pause-resume'])
  const dish = withOutside(kitchen, user, 'inbound')
  return { ...dish, answeredBy: { kind: 'voicemail', participantId: 'called', userId: user.userId } }
}

function voicemailSent(kitchen: Kitchen): Dish {
  const dish = withOutside(kitchen, someUser(kitchen, ['always', 'always-pause-resume']), 'outbound')
  return { ...dish, answeredBy: { kind: 'voicemail', participantId: 'called' } }
}

function rejected(kitchen: Kitchen): Dish {
  const user = someUser(kitchen, ['always', 'never'])
  return withAnyOutside(kitchen, user, [
    press(kitchen, user, 'pause', 0.2, 0.4),
    press(kitchen, user, 'start', 0.5, 0.6),
    press(kitchen, user, 'stop', 0.7, 0.8),
  ])
}

function emergency(kitchen: Kitchen): Dish {
  return { ...withOutside(kitchen, someUser(kitchen, ['always', 'always-pause-resume']), 'outbound'), callType: 'emergency' }
}

function fax(kitchen: Kitchen): Dish {
  return { ...withOutside(kitchen, someUser(kitchen, ['always']), 'inbound'), callType: 'fax' }
}

function announcementFails(kitchen: Kitchen): Dish {
  return { ...withAnyOutside(kitchen, someUser(kitchen, ['always', 'always-pause-resume']), []), announcements: kitchen.draws.pick(['fail', 'ignore']) }
}

function renegotiated(kitchen: Kitchen): Dish {
  const action: ActionInput = {
    do: 'renegotiate',
    atMs: moment(kitchen, 0.3, 0.7),
    streamId: 'caller',
    ...kitchen.draws.pick([{ codec: 'PCMA' as const }, { codec: 'L16' as const, sampleRateHz: 16_000 as const }]),
  }
  return withAnyOutside(kitchen, someUser(kitchen, ['always']), [action])
}
