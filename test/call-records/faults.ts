import { made, type Draws, type MadeCall, type MadePart } from './day.ts'
import { OFF_USERS, otherUser, part, recordOf, userOf, USERS } from './usual.ts'

/** What must be found of a planted fault: of this user's part in this call. */
export interface Expected {
  fault: string
  callId: string
  userId: string | null
  status: string
  why?: string
  /** Exactly: reason, side, and where, in call time; `null` where a clock decides. */
  gaps?: [reason: string, channel: string, fromMs: number, toMs: number][]
  excesses?: string[]
  events: string[]
}

type Fault = (call: MadeCall, own: MadePart, random: Draws) => Omit<Expected, 'fault' | 'callId' | 'userId'> & { userId?: string | null }

/** A plain recorded call, on which a fault is planted. */
export function plainCall(call: MadeCall, random: Draws): MadePart {
  const lengthMs = random.whole(120_000, 400_000)
  const userId = userOf(random.whole(0, USERS - 1))
  const own: MadePart = {
    ...part(userId, null),
    recordings: [made(0, lengthMs)],
    record: { user: userId, answerMs: 0, releaseMs: lengthMs, answered: true, cells: {} },
  }
  Object.assign(call, { lengthMs, callType: 'pstn', parts: [own], strangers: [], log: 'all', names: 'call-id' } satisfies Partial<MadeCall>)
  return own
}

function release(own: MadePart): number {
  return own.record?.releaseMs ?? 0
}

/** A call of which nothing of this user's came to the log. */
const whole = (own: MadePart): [string, string, number, number] => ['not-recorded', 'both', own.record?.answerMs ?? 0, release(own)]

export const FAULTS: Readonly<Record<string, Fault>> = {
  'call.started never came'(call, own) {
    call.log = 'nothing'
    return { status: 'not-recorded', why: 'unknown-call', gaps: [whole(own)], events: ['call.started missing'] }
  },
  'call.answered never came'(call, own) {
    call.log = 'no-answer'
    return { status: 'not-recorded', why: 'not-answered-in-log', gaps: [whole(own)], events: ['call.answered missing'] }
  },
  'call.started does not name the user'(_call, own) {
    own.outcome = null
    own.recordings = []
    return { status: 'not-recorded', why: 'not-in-call', gaps: [whole(own)], events: ['call.started incomplete'] }
  },
  'participant.joined never came'(call, own, random) {
    const [other, atMs] = [otherUser(own.userId), random.whole(20_000, 60_000)]
    const record = { ...recordOf(random, other, 0, 0), answerMs: atMs, releaseMs: call.lengthMs }
    call.parts.push({ userId: other, outcome: null, recordings: [], record })
    return {
      userId: other,
      status: 'not-recorded',
      why: 'not-in-call',
      gaps: [['not-recorded', 'both', atMs, call.lengthMs]],
      events: ['participant.joined missing'],
    }
  },
  'call.ended never came'(call, own) {
    own.recordings = [made(0, call.lengthMs, { endReason: 'idle' })]
    return { status: 'recorded', gaps: [], events: ['call.ended missing'] }
  },
  'the call fell silent and went on'(call, own, random) {
    const from = random.whole(20_000, 50_000)
    const to = from + random.whole(1_000, 30_000)
    own.recordings = [made(0, from, { endReason: 'idle' }), made(to, call.lengthMs)]
    return { status: 'partly', gaps: [['idle-end', 'both', from, to]], events: ['media missing'] }
  },
  'the call has no end'(call, own, random) {
    const from = random.whole(20_000, 50_000)
    call.log = 'no-end'
    own.outcome = null
    own.recordings = [{ ...made(0, from), endMs: null }]
    return { status: 'partly', why: 'still-open', gaps: [['still-open', 'both', from, release(own)]], events: ['call.ended missing'] }
  },
  'audio of the user was lost'(_call, own, random) {
    const from = random.whole(5_000, 40_000)
    const to = from + random.whole(1, 900)
    setLosses(own, [{ channel: 'near', streamId: 's', fromMs: from, toMs: to }])
    return { status: 'partly', gaps: [['lost', 'near', from, to]], events: [] }
  },
  'audio of the others was lost, across a segment'(_call, own, random) {
    const [from, to] = [60_000 - random.whole(1, 900), 60_000 + random.whole(1, 900)]
    setLosses(own, [
      { channel: 'far', streamId: 's', fromMs: from, toMs: 60_000 },
      { channel: 'far', streamId: 's', fromMs: 60_000, toMs: to },
    ])
    return { status: 'partly', gaps: [['lost', 'far', from, to]], events: [] }
  },
  'one side never sent anything'(call, own) {
    const segments = own.recordings[0]?.segments ?? []
    setLosses(
      own,
      segments.map(([fromMs, toMs]) => ({ channel: 'near' as const, streamId: 's', fromMs, toMs })),
    )
    return { status: 'partly', gaps: [['no-media', 'near', 0, call.lengthMs]], events: ['media missing'] }
  },
  'no audio came at all'(_call, own) {
    own.outcome = { outcome: 'excluded', reason: 'nothing-captured' }
    own.recordings = [made(0, 0, { endReason: 'idle' })]
    return { status: 'not-recorded', why: 'ledger', gaps: [['idle-end', 'both', 0, release(own)]], events: ['media missing', 'call.ended missing'] }
  },
  'call.answered came late'(_call, own, random) {
    const lateMs = random.whole(2_001, 9_000)
    if (own.record !== null) own.record.answerMs = -lateMs
    return { status: 'partly', gaps: [['late-answer', 'both', -lateMs, 0]], events: ['call.answered late'] }
  },
  'call.answered came early'(_call, own, random) {
    if (own.record !== null) own.record.answerMs = random.whole(2_001, 9_000)
    return { status: 'recorded-in-error', gaps: [], excesses: ['before-answer'], events: ['call.answered early'] }
  },
  'call.ended came early'(call, own, random) {
    const endMs = call.lengthMs - random.whole(2_001, 9_000)
    own.recordings = [made(0, endMs)]
    return { status: 'partly', gaps: [['early-end', 'both', endMs, call.lengthMs]], events: ['call.ended early'] }
  },
  'call.ended came late'(call, own, random) {
    own.recordings = [made(0, call.lengthMs + random.whole(2_001, 9_000))]
    return { status: 'recorded-in-error', gaps: [], excesses: ['after-release'], events: ['call.ended late'] }
  },
  'participant.left never came'(call, own, random) {
    const other = otherUser(own.userId)
    call.parts.push({ ...part(other, { user: other, answerMs: 0, releaseMs: call.lengthMs, answered: true, cells: {} }), recordings: [made(0, call.lengthMs)] })
    if (own.record !== null) own.record.releaseMs = call.lengthMs - random.whole(2_001, 60_000)
    return { status: 'recorded-in-error', gaps: [], excesses: ['after-release'], events: ['participant.left missing'] }
  },
  'participant.left came early'(call, own, random) {
    const endMs = call.lengthMs - random.whole(2_001, 60_000)
    own.recordings = [made(0, endMs, { endReason: 'owner-left' })]
    return { status: 'partly', gaps: [['early-leave', 'both', endMs, call.lengthMs]], events: ['participant.left early'] }
  },
  'participant.joined came late'(call, own, random) {
    const startMs = random.whole(2_001, 60_000)
    own.recordings = [made(startMs, call.lengthMs)]
    return { status: 'partly', gaps: [['late-join', 'both', 0, startMs]], events: ['participant.joined late'] }
  },
  'the log lost the end'(call, own, random) {
    const endMs = random.whole(20_000, 60_000)
    own.recordings = [made(0, endMs, { endReason: 'log-lost' })]
    return { status: 'partly', gaps: [['log-lost', 'both', endMs, call.lengthMs]], events: [] }
  },
  'the announcement failed'(_call, own) {
    own.outcome = { outcome: 'failed', reason: 'announcement-failed' }
    own.recordings = []
    return { status: 'not-recorded', why: 'ledger', gaps: [whole(own)], events: [] }
  },
  'the log lost the call'(_call, own) {
    own.outcome = { outcome: 'failed', reason: 'log-lost' }
    own.recordings = []
    return { status: 'not-recorded', why: 'ledger', gaps: [whole(own)], events: [] }
  },
  'a segment is not there'(_call, own) {
    own.recordings.forEach((recording) => recording.segments.splice(1, 1))
    return { status: 'partly', gaps: [['missing-segment', 'both', 60_000, 120_000]], events: [] }
  },
  'the platform has no record of the call'(_call, own) {
    own.record = null
    return { status: 'recorded-without-record', why: 'no-record', gaps: [], events: [] }
  },
  'the platform has no record of one user'(call, own) {
    const other = otherUser(own.userId)
    call.parts.push({ ...part(other, null), recordings: [made(0, call.lengthMs)] })
    return { userId: other, status: 'recorded-without-record', why: 'no-record', gaps: [], events: [] }
  },
  'the user never answered'(_call, own) {
    if (own.record !== null) Object.assign(own.record, { answered: false, releaseMs: 3_000 })
    return { status: 'recorded-in-error', why: 'not-answered', excesses: ['not-in-call'], events: ['call.answered incomplete'] }
  },
  'an emergency call was published as another'(_call, own) {
    setCells(own, { 'Call type': 'SIP_EMERGENCY' })
    return { status: 'recorded-in-error', why: 'call-type', events: [] }
  },
  'a call was published as an emergency call'(call, own) {
    Object.assign(call, { callType: 'emergency' })
    Object.assign(own, { outcome: { outcome: 'excluded', reason: 'emergency' }, recordings: [] })
    setCells(own, { 'Call type': 'SIP_NATIONAL' })
    return { status: 'not-recorded', why: 'call-type', gaps: [whole(own)], events: [] }
  },
  'the platform would have recorded, our settings say never'(_call, own) {
    Object.assign(own, { outcome: { outcome: 'excluded', reason: 'mode-never' }, recordings: [] })
    setCells(own, { 'Call Recording Trigger': 'always' })
    return { status: 'not-recorded', why: 'settings-differ', gaps: [whole(own)], events: [] }
  },
  'the platform says that it was recorded'(_call, own) {
    Object.assign(own, { outcome: { outcome: 'excluded', reason: 'not-selected' }, recordings: [] })
    setCells(own, { 'Call Recording Result': 'successful' })
    return { status: 'not-recorded', why: 'settings-differ', gaps: [whole(own)], events: [] }
  },
  'the platform says never'(_call, own) {
    setCells(own, { 'Call Recording Trigger': 'never' })
    return { status: 'recorded-in-error', why: 'settings-differ', events: [] }
  },
  'the user was never entered here'(call, own) {
    call.log = 'nothing'
    if (own.record !== null) own.record.user = `stranger-of-${call.callId}`
    setCells(own, { 'Call Recording Trigger': 'always-pause-resume' })
    return { userId: null, status: 'not-recorded', why: 'unknown-user', gaps: [whole(own)], events: [] }
  },
  'recording was never switched on here'(call, own, random) {
    call.log = 'nothing'
    own.userId = random.pick(OFF_USERS)
    if (own.record !== null) own.record.user = own.userId
    setCells(own, { 'Call Recording Trigger': 'on-demand' })
    return { userId: own.userId, status: 'not-recorded', why: 'unknown-call', gaps: [whole(own)], events: ['call.started missing'] }
  },
}

function setLosses({ recordings }: MadePart, losses: MadePart['recordings'][number]['losses']): void {
  const [recording] = recordings
  if (recording !== undefined) Object.assign(recording, { losses, lostMs: losses.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) })
}

function setCells({ record }: MadePart, cells: Record<string, string>): void {
  if (record !== null) record.cells = cells
}
