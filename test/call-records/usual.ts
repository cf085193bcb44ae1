import { settingsSchema } from '@twinreel/recording/settings'
import { ANNOUNCED, made, type Draws, type MadeCall, type MadePart, type MadeRecord } from './day.ts'

const DAY_MS = Date.UTC(2026, 0, 16)
const ON_DEMAND = settingsSchema.parse({ mode: 'on-demand-user-start' })
/** Clocks of records and events differ by up to this, within what is tolerated. */
const JITTER_MS = 1_400

/** A call with nothing wrong: of the many kinds that a day has. */
export function usualCall(index: number, random: Draws): MadeCall {
  const userId = userOf(random.whole(0, USERS - 1))
  const lengthMs = random.whole(30_000, 420_000)
  const call: MadeCall = {
    callId: `call-${String(index).padStart(5, '0')}`,
    timeZeroMs: momentOf(index, random),
    lengthMs,
    callType: random.pick(['pstn', 'pstn', 'internal']),
    correlationId: `corr-${index}`,
    parts: [part(userId, recordOf(random, userId, 0, lengthMs))],
    strangers: [],
    log: 'all',
    names: random.pick(['call-id', 'call-id', 'call-id', 'correlation', 'time']),
  }
  const [own] = call.parts
  if (own === undefined) throw new RangeError('a call has a part')
  KINDS[index % KINDS.length]?.(call, own, random)
  return call
}

export const USERS = 150
/** The last of them were never switched on. */
const OFF = 10

export function userOf(number: number): string {
  return `user-${String(number).padStart(4, '0')}`
}

/** Users without recording. */
export const OFF_USERS = Array.from({ length: OFF }, (_, index) => userOf(USERS + index))

/** Twelve seconds apart and less than four off: no user has two calls at a time that clocks could mistake for another. */
function momentOf(index: number, random: Draws): number {
  return DAY_MS + 1_800_000 + index * 8_500 + random.whole(0, 999)
}

export function part(userId: string, record: MadeRecord | null): MadePart {
  const span = record === null ? [0, 60_000] : [record.answerMs, record.releaseMs]
  return { userId, outcome: { outcome: 'recorded' }, recordings: [made(Math.max(0, span[0] ?? 0), span[1] ?? 0)], record }
}

export function recordOf(random: Draws, user: string, fromMs: number, toMs: number): MadeRecord {
  return { user, answerMs: fromMs + random.whole(-JITTER_MS, JITTER_MS), releaseMs: toMs + random.whole(-JITTER_MS, JITTER_MS), answered: true, cells: {} }
}

type Kind = (call: MadeCall, own: MadePart, random: Draws) => void

/** Excluded on purpose. */
function excluded(reason: string, callType?: string): Kind {
  return (call, own) => {
    own.outcome = { outcome: 'excluded', reason }
    own.recordings = []
    if (callType !== undefined) call.callType = callType
  }
}

const plain: Kind = (call, own) => {
  own.recordings = [made(0, call.lengthMs)]
}

const announced: Kind = (call, own, random) => {
  own.recordings = [made(random.whole(2_500, 6_000), call.lengthMs, { settings: ANNOUNCED })]
}

const paused: Kind = (call, own, random) => {
  const [from, length] = [random.whole(8_000, 15_000), random.whole(500, 9_000)]
  own.recordings = [made(0, call.lengthMs, { mode: 'always-pause-resume', pauses: [[from, from + length]] })]
}

const pausedAtTheEnd: Kind = (call, own) => {
  own.recordings = [made(0, call.lengthMs, { mode: 'always-pause-resume', pauses: [[12_000, call.lengthMs]] })]
}

const onDemand: Kind = (call, own, random) => {
  const start = random.whole(3_000, 12_000)
  own.recordings = [
    made(start, start + 5_000, { mode: 'on-demand-user-start', settings: ON_DEMAND, endReason: 'stopped' }),
    made(start + 8_000, call.lengthMs - 2_500, { mode: 'on-demand-user-start', settings: ON_DEMAND, endReason: 'stopped' }),
  ]
}

/** Two of our users, each with a record. */
const internal: Kind = (call, own, random) => {
  call.callType = 'internal'
  own.recordings = [made(0, call.lengthMs)]
  const other = otherUser(own.userId)
  call.parts.push({ ...part(other, recordOf(random, other, 0, call.lengthMs)), recordings: [made(0, call.lengthMs)] })
}

export function otherUser(userId: string): string {
  return userOf((Number(userId.slice(5)) + 77) % USERS)
}

/** The first user leaves, another takes over. */
const transferred: Kind = (call, own, random) => {
  const atMs = Math.floor(call.lengthMs / 2)
  const other = otherUser(own.userId)
  own.record = recordOf(random, own.userId, 0, atMs)
  own.recordings = [made(0, atMs, { endReason: 'owner-left' })]
  call.parts.push({ ...part(other, recordOf(random, other, atMs, call.lengthMs)), recordings: [made(atMs, call.lengthMs)] })
}

/** A hunt group: others rang and did not answer; the trunk has a record too, and the group's own. */
const huntGroup: Kind = (call, own, random) => {
  plain(call, own, random)
  const loser = otherUser(own.userId)
  call.strangers.push({ ...recordOf(random, loser, -2_000, 0), answered: false })
  call.strangers.push(recordOf(random, '', 0, call.lengthMs), recordOf(random, 'hunt-group-4', 0, call.lengthMs))
  call.names = 'call-id'
}

const monitored: Kind = (call, own, random) => {
  plain(call, own, random)
  call.strangers.push({ ...recordOf(random, otherUser(own.userId), 5_000, call.lengthMs), cells: { 'Related reason': 'CCMonitoringBI' } })
  call.names = 'call-id'
}

const brief: Kind = (call, own, random) => {
  call.lengthMs = random.whole(1_000, 9_000)
  own.record = recordOf(random, own.userId, 0, call.lengthMs)
  own.record.answerMs = 0
  own.record.releaseMs = call.lengthMs
  excluded('nothing-captured')(call, own, random)
}

/** A user without recording: the platform does not even publish such calls. */
const unrecordedUser: Kind = (call, own, random) => {
  call.log = 'nothing'
  own.userId = random.pick(OFF_USERS)
  if (own.record !== null) own.record.user = own.userId
  call.names = 'call-id'
}

const silentEdges: Kind = (call, own) => {
  own.recordings = [made(0, call.lengthMs, { endReason: 'call-ended' })]
  if (own.record !== null) own.record.cells = { 'Call Recording Trigger': 'always', 'Call Recording Result': 'successful' }
}

const KINDS: readonly Kind[] = [
  plain,
  announced,
  paused,
  plain,
  internal,
  onDemand,
  excluded('mode-never'),
  transferred,
  huntGroup,
  plain,
  silentEdges,
  excluded('not-selected'),
  excluded('emergency', 'emergency'),
  pausedAtTheEnd,
  excluded('fax', 'fax'),
  monitored,
  excluded('not-kept'),
  brief,
  unrecordedUser,
  excluded('voicemail-off'),
  plain,
  excluded('never-started'),
]
