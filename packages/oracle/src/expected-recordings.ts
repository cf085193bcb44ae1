import { lastHeardMs, sharedFormat } from './call-audio.ts'
import type { Format } from './companding.ts'
import {
  fellSilent,
  gateClosed,
  gateOpened,
  gateOverdue,
  goOn,
  live,
  pause,
  resume,
  resumeHeard,
  resumeUnheard,
  start,
  startFailed,
  stop,
  wentOn,
  type CallStory,
  type OwnerStory,
} from './owner-story.ts'
import { isRecordable, mayPress } from './recordable.ts'
import type { Span } from './spans.ts'
import type { TrueEvent, TrueParticipant, Truth } from './truth-files.ts'

/** What an organization chose; the truth files don't say it. */
export interface OracleRules {
  /** Call time in one object at most. */
  segmentMs: number
  recordEmergency: boolean
}

export const DEFAULT_RULES: OracleRules = { segmentMs: 60_000, recordEmergency: false }

/** A recording that must be there, of exactly these spans of call time; one that was not `kept` may be gone. */
export interface ExpectedRecording {
  callId: string
  orgId: string
  ownerId: string
  ordinal: number
  kept: boolean
  format: Format
  spans: readonly Span[]
  /** The owner's ends of the call: whoever is heard on a stream with one of them is near. */
  participantIds: ReadonlySet<string>
}

/** An announcement nobody reported on for so long counts as never heard. */
const PROMPT_PATIENCE_MS = 15_000
/** An object is closed when the call has gone on for so long behind its end. */
const TRAIL_MS = 2_000

/**
 * From what happened in a call and what its users chose, what must have been captured. `pressedMs` gives, by event id, the call time of
 * controls that bear none of their own.
 */
export function expectedRecordings(truth: Truth, rules: OracleRules, pressedMs: ReadonlyMap<string, number>): ExpectedRecording[] {
  const call: CallStory = {
    kind: { callType: null, voicemail: false, recordEmergency: rules.recordEmergency },
    platform: { prompts: true, gate: false },
    owners: new Map(),
    clockMs: 0,
    gate: { shut: false, asked: 0, askedMs: 0, overdueMs: 0, answered: true },
    announcedMs: null,
    resumes: [],
    formatAt: (ms) => sharedFormat(truth.streams, ms),
  }
  const present = new Map<string, TrueParticipant>()
  for (const event of truth.events) take({ call, truth, rules, present }, event, pressedMs.get(event.id) ?? event.atMs)
  return [...call.owners.values()].flatMap(({ ownerId, participantIds, recordings }) =>
    recordings.map(({ ordinal, kept, format, spans }) => ({
      callId: truth.callId,
      orgId: truth.orgId,
      ownerId,
      ordinal,
      kept,
      format,
      spans: spans.flatMap(({ fromMs, toMs }): Span[] => (toMs === null || toMs <= fromMs ? [] : [[fromMs, toMs]])),
      participantIds,
    })),
  )
}

interface Reading {
  call: CallStory
  truth: Truth
  rules: OracleRules
  present: Map<string, TrueParticipant>
}

function take(reading: Reading, event: TrueEvent, atMs: number): void {
  const { call, present, rules } = reading
  const { data } = event
  switch (event.type) {
    case 'call.started':
      call.kind.callType = data.callType ?? null
      call.platform = { prompts: data.capabilities?.prompts === 'obeys', gate: data.capabilities?.gate === true }
      for (const participant of data.participants ?? []) present.set(participant.participantId, participant)
      return
    case 'call.answered':
      return answered(reading, data.by)
    case 'participant.joined':
      if (data.participant !== undefined) enter(reading, data.participant, atMs)
      return
    case 'participant.left':
      return left(reading, data.participantId ?? '', atMs)
    case 'prompt.finished':
      return prompted(reading, data)
    case 'gate.closed':
      return gateClosed(call, data.sequence ?? 0)
    case 'gate.opened':
      return gateOpened(call, data.sequence ?? 0, atMs)
    case 'clock':
      call.clockMs = atMs
      return overdue(call, atMs)
    case 'call.fell-silent':
      // Time that only passed does not count as come: a key that wakes the call counts from where it was.
      call.clockMs = atMs
      return fellSilent(call, (owner) => sealedMs(rules, owner, atMs, data.atMs ?? 0))
    case 'call.went-on':
      return wentOn(call, atMs)
    case 'call.ended':
      for (const owner of call.owners.values())
        if (owner.phase !== 'out') stop(call, owner, endMs(reading, owner, Math.max(atMs, declaredMs(reading, data))), 'over')
      return
    default:
      if (event.type.startsWith('control.')) {
        const userId = data.userId ?? present.get(data.participantId ?? '')?.userId ?? ''
        pressed(reading, event.type.slice('control.'.length), userId, atMs)
      }
  }
}

/** In the call are the callers and whoever answered; a mailbox answers as its user. */
function answered(reading: Reading, by: TrueEvent['data']['by']): void {
  const { call, present } = reading
  call.kind.voicemail = by?.kind === 'voicemail'
  for (const [id, { role }] of present) if (role !== 'originating' && id !== by?.participantId) present.delete(id)
  const mailbox = by?.kind === 'voicemail' && by.userId !== undefined ? by.userId : undefined
  for (const participant of present.values()) {
    enter(reading, participant.participantId === by?.participantId && mailbox !== undefined ? { ...participant, userId: mailbox } : participant, 0)
  }
}

function enter({ call, truth, present }: Reading, participant: TrueParticipant, atMs: number): void {
  present.set(participant.participantId, participant)
  const ownerId = participant.userId ?? ''
  const settings = truth.settings[ownerId]
  if (settings === undefined) return
  const known = call.owners.get(ownerId)
  const fresh = (): OwnerStory => ({
    ownerId,
    settings,
    participantIds: new Set(),
    phase: 'over',
    waitsFor: null,
    sinceMs: atMs,
    resumed: 0,
    told: false,
    askedMs: atMs,
    was: null,
    pauseFirst: false,
    keep: false,
    recordings: [],
  })
  const owner = known ?? fresh()
  call.owners.set(ownerId, owner)
  owner.participantIds.add(participant.participantId)
  if (owner.phase !== 'over') return
  if (!isRecordable(call.kind, settings, participant.role)) owner.phase = 'out'
  else if (settings.mode === 'on-demand-user-start') Object.assign(owner, { phase: 'idle', sinceMs: atMs })
  else start(call, owner, atMs)
}

function left({ call, present }: Reading, participantId: string, atMs: number): void {
  const ownerId = present.get(participantId)?.userId ?? ''
  present.delete(participantId)
  const owner = call.owners.get(ownerId)
  if (owner === undefined || owner.phase === 'out' || [...owner.participantIds].some((id) => present.has(id))) return
  stop(call, owner, atMs, 'over')
}

function prompted({ call, truth }: Reading, { outcome, prompt: asked, fromMs = 0, toMs = 0, atMs = toMs }: TrueEvent['data']): void {
  if (outcome !== 'played' && asked !== undefined && asked !== 'recording-started') {
    if (asked === 'recording-resumed' || asked === 'resume-beep') resumeUnheard(call)
    return
  }
  const kind = outcome === 'played' ? truth.prompts.find((prompt) => prompt.fromMs === fromMs && prompt.toMs === toMs)?.kind : undefined
  if (kind === 'recording-started' || outcome === 'failed') call.announcedMs = null
  for (const owner of call.owners.values()) {
    if (owner.waitsFor !== 'prompt' || owner.phase !== 'starting') continue
    const inTime = atMs < owner.askedMs + PROMPT_PATIENCE_MS
    if (kind === 'recording-started' && inTime) goOn(call, owner, toMs)
    else if (kind === 'recording-started' || outcome === 'failed') startFailed(call, owner, atMs)
  }
  if (kind === 'recording-resumed' || kind === 'resume-beep') resumeHeard(call, toMs)
}

/** What was not answered while the call came so far is not waited for any more. */
function overdue(call: CallStory, clockMs: number): void {
  if (call.announcedMs !== null && clockMs >= call.announcedMs + PROMPT_PATIENCE_MS) call.announcedMs = null
  for (const owner of call.owners.values()) {
    if (owner.waitsFor !== 'prompt' || clockMs < owner.askedMs + PROMPT_PATIENCE_MS) continue
    if (owner.phase === 'starting') startFailed(call, owner, clockMs)
    else goOn(call, owner, owner.sinceMs)
  }
  gateOverdue(call, clockMs)
}

/** What the mode and the moment allow happens; anything else changes nothing. */
function pressed({ call, rules }: Reading, control: string, userId: string, pressedMs: number): void {
  const owner = call.owners.get(userId)
  if (owner === undefined || owner.phase === 'out' || !mayPress(owner.settings, control)) return
  if (owner.phase === 'over') {
    // Whoever presses a key that does something speaks of a call that goes on, though it had fallen silent.
    if (!doesSomething(owner, control)) return
    wentOn(call, call.clockMs)
  }
  const atMs = Math.max(pressedMs, owner.sinceMs, keptMs(rules, owner, call.clockMs))
  if (control === 'pause') pause(call, owner, atMs)
  if (control === 'resume') resume(call, owner, atMs)
  if (control === 'stop' && owner.phase !== 'idle') stop(call, owner, atMs, 'idle')
  if (control !== 'start') return
  if (owner.settings.mode === 'on-demand') {
    owner.keep = true
    const recording = live(owner)
    if (recording !== null) recording.kept = true
  } else if (owner.phase === 'idle') start(call, owner, atMs)
}

/** Whether this key does something to what was going on when the call fell silent. */
function doesSomething({ was, pauseFirst, settings, keep }: OwnerStory, control: string): boolean {
  switch (control) {
    case 'start':
      return settings.mode === 'on-demand' ? was !== null && was !== 'idle' && !keep : was === 'idle'
    case 'stop':
      return was !== null && was !== 'idle'
    case 'pause':
      return was === 'recording' || was === 'resuming' || (was === 'starting' && !pauseFirst)
    case 'resume':
      return was === 'paused' || (was === 'starting' && pauseFirst)
    default:
      return false
  }
}

/** A call whose end never came is over with the last sample that did come, or with the object that was closed before that showed. */
function endMs({ truth, rules }: Reading, owner: OwnerStory, hungUpMs: number): number {
  if (!truth.endLost) return hungUpMs
  const heardMs = lastHeardMs(truth)
  const reported = truth.events.filter(({ type }) => type !== 'call.ended' && !type.startsWith('control.'))
  const clockMs = reported.reduce((latest, { atMs }) => Math.max(latest, atMs), heardMs)
  return sealedMs(rules, owner, clockMs, heardMs)
}

/** Where the streams end that the end of the call declares: audio of the call, even if its end is dated a moment earlier. */
function declaredMs({ truth }: Reading, { finalSamples = [] }: TrueEvent['data']): number {
  const ends = finalSamples.map(({ streamId, sampleOffset }) => {
    const rateHz = truth.streams.findLast((stream) => stream.streamId === streamId)?.sampleRateHz ?? 8_000
    return Math.ceil((sampleOffset * 1_000) / rateHz)
  })
  return Math.max(0, ...ends)
}

/** Where a call that was heard until then ends for this owner when it had come to `clockMs`: what was closed by then stays. */
function sealedMs(rules: OracleRules, owner: OwnerStory, clockMs: number, heardMs: number): number {
  const open = live(owner)?.spans.at(-1)
  if (open === undefined || open.toMs !== null) return heardMs
  const closedMs = open.fromMs + Math.max(0, Math.floor((clockMs - TRAIL_MS - open.fromMs) / rules.segmentMs)) * rules.segmentMs
  return Math.max(heardMs, closedMs)
}

/** Up to where this owner's recording is in closed objects when the call has come to `clockMs`: no key reaches behind that. */
function keptMs({ segmentMs }: OracleRules, owner: OwnerStory, clockMs: number): number {
  const open = live(owner)?.spans.at(-1)
  if (open === undefined || open.toMs !== null) return 0
  return open.fromMs + Math.max(0, Math.ceil((clockMs - TRAIL_MS - open.fromMs) / segmentMs) - 1) * segmentMs
}
