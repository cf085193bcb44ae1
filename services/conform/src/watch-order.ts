import type { Participant, StreamDescription } from '@twinreel/contracts/call-events'
import type { CallEvent } from '@twinreel/contracts/messages'
import { phoneDigits } from '@twinreel/contracts/phone-number'
import { samplesToMs } from '@twinreel/media/format'
import { blame, bounded, type CallWatch } from './call-watch.ts'
import { rememberNumber, rememberNumbers } from './numbers.ts'
import { told } from './told.ts'
import { openStreamWatch } from './watch-audio.ts'
import { beginHold, endHold, unheldMs } from './watch-hold.ts'

interface At {
  id: string
  position: string
}

const MAX_REMEMBERED = 1_024

/** What an event that is no audio means for the call, and whether it may come now. */
export function watchOrder(call: CallWatch, event: Exclude<CallEvent, { type: 'media' }>, at: At, fields: ReadonlySet<string>): void {
  if (event.type === 'call.started') return started(call, event, at, fields)
  if (event.type === 'timer.due') return
  const isControl = event.type.startsWith('control.')
  if (call.phase === 'unseen' && !call.isPartial) {
    if (!isControl) blame(call, 'call-not-started', at, told`${event.type} came first`)
  } else if (call.phase === 'ended' && !isControl) {
    const isAnswer = event.type === 'prompt.finished' || event.type === 'gate.closed' || event.type === 'gate.opened'
    if (!isAnswer) blame(call, 'after-end', at, told`${event.type}`)
    return
  } else if (call.phase === 'started' && !isControl && !MAY_RING.has(event.type)) blame(call, 'event-before-answer', at, told`${event.type}`)
  happened(call, event, at)
}

/** What may happen while it rings. */
const MAY_RING = new Set(['call.answered', 'call.ended', 'participant.joined', 'participant.left'])

function started(call: CallWatch, { id, data }: Extract<CallEvent, { type: 'call.started' }>, at: At, fields: ReadonlySet<string>): void {
  rememberNumbers(call, data)
  if (call.phase === 'ended') return blame(call, 'call-id-reused', at, told`by ${id}`)
  if (call.phase !== 'unseen') return blame(call, 'second-start', at, told`by ${id}`)
  call.phase = 'started'
  call.isPartial = false
  for (const participant of data.participants) enter(call, participant, at)
  if (!fields.has('capabilities')) blame(call, 'missing-capabilities', at, told`no capabilities`)
}

function happened(call: CallWatch, event: Exclude<CallEvent, { type: 'media' | 'call.started' | 'timer.due' }>, at: At): void {
  const atMs = 'atMs' in event.data && typeof event.data.atMs === 'number' ? event.data.atMs : call.clockMs
  switch (event.type) {
    case 'call.answered':
      return answered(call, event, at)
    case 'participant.joined':
      enter(call, event.data.participant, at)
      for (const stream of event.data.streams) open(call, stream, atMs, at)
      return
    case 'participant.left': {
      if (!isThere(call, event.data.participantId, at)) return
      const participant = call.participants.get(event.data.participantId)
      if (participant !== undefined) participant.leftMs = atMs
      endHold(call, event.data.participantId, atMs)
      return
    }
    case 'stream.added':
      return open(call, event.data.stream, atMs, at)
    case 'stream.changed':
      call.streams.delete(event.data.stream.streamId)
      return open(call, event.data.stream, atMs, at)
    case 'call.held':
      if (isThere(call, event.data.participantId, at)) beginHold(call, event.data.participantId, atMs)
      return
    case 'call.retrieved':
      if (isThere(call, event.data.participantId, at) && !endHold(call, event.data.participantId, atMs) && !call.isPartial)
        blame(call, 'hold-not-paired', at, told`${event.data.participantId} holds nothing`)
      return
    case 'call.ended':
      return ended(call, event, at)
    case 'prompt.finished':
      if (!call.finished.has(event.data.promptId)) call.finished.set(event.data.promptId, { atMs, appendedMs: call.lastAppendedMs, ...at })
      return bounded(call.finished, MAX_REMEMBERED)
    case 'gate.closed':
      if (!call.gatesAnswered.has(event.data.sequence)) call.gatesAnswered.set(event.data.sequence, { atMs, appendedMs: call.lastAppendedMs, ...at })
      call.gate = { closedMs: atMs, shut: null }
      return bounded(call.gatesAnswered, MAX_REMEMBERED)
    case 'gate.opened':
      if (!call.gatesAnswered.has(event.data.sequence)) call.gatesAnswered.set(event.data.sequence, { atMs, appendedMs: call.lastAppendedMs, ...at })
      call.gate = { closedMs: null, shut: call.gate.closedMs === null ? null : [call.gate.closedMs, atMs] }
      return bounded(call.gatesAnswered, MAX_REMEMBERED)
    case 'control.start':
    case 'control.stop':
    case 'control.pause':
    case 'control.resume':
      if (event.data.userId !== undefined && phoneDigits(event.data.userId) !== null)
        blame(call, 'user-id-is-a-number', at, told`${event.type}: userId is ${event.data.userId}`)
      if (event.data.participantId !== undefined) isThere(call, event.data.participantId, at)
  }
}

function answered(call: CallWatch, { data, timeMs }: Extract<CallEvent, { type: 'call.answered' }>, at: At): void {
  if (call.phase === 'answered') return blame(call, 'second-answer', at, told`answered before`)
  if (call.earlyMedia !== null) blame(call, 'media-before-answer', call.earlyMedia, told`audio before call.answered`)
  call.earlyMedia = null
  call.phase = 'answered'
  call.timeZeroMs = timeMs
  call.answererId = data.by.participantId
  call.answeredAt = at
  if (data.by.kind === 'voicemail' && data.by.userId !== undefined) call.isAnyKnown = true
  isThere(call, data.by.participantId, at)
  const declared = new Set<string>()
  for (const stream of data.streams) {
    if (declared.has(stream.streamId)) blame(call, 'second-stream', at, told`stream ${stream.streamId} twice`)
    declared.add(stream.streamId)
    open(call, stream, 0, at)
  }
}

function enter(call: CallWatch, { participantId, userId, platform, number }: Participant, at: At): void {
  if (number !== undefined) rememberNumber(call, number)
  const isKnown = userId !== undefined || platform !== undefined
  call.isAnyKnown ||= isKnown
  call.participants.set(participantId, { isKnown, leftMs: null })
  bounded(call.participants, MAX_REMEMBERED)
  if (userId !== undefined && phoneDigits(userId) !== null) blame(call, 'user-id-is-a-number', at, told`participant ${participantId}: userId is ${userId}`)
}

function open(call: CallWatch, stream: StreamDescription, fromMs: number, at: At): void {
  const old = call.streams.get(stream.streamId)
  const isOther = old !== undefined && (old.codec !== stream.codec || old.sampleRateHz !== stream.sampleRateHz)
  if (isOther) blame(call, 'second-stream', at, told`stream ${stream.streamId} is there already`)
  for (const id of stream.participantIds)
    if (!call.participants.has(id) && !call.isPartial)
      blame(call, 'unknown-participant', at, told`stream ${stream.streamId} is of ${id}, who is not in the call`)
  if (stream.codec !== 'L16' && stream.sampleRateHz !== 8_000)
    blame(call, 'g711-rate', at, told`stream ${stream.streamId}: ${stream.codec} at ${stream.sampleRateHz}`)
  if (old === undefined || isOther) call.streams.set(stream.streamId, openStreamWatch(stream, fromMs))
  bounded(call.streams, MAX_REMEMBERED)
}

function ended(call: CallWatch, { data }: Extract<CallEvent, { type: 'call.ended' }>, at: At): void {
  const finals = new Map(data.finalSamples.map(({ streamId, sampleOffset }) => [streamId, sampleOffset]))
  for (const streamId of finals.keys())
    if (!call.streams.has(streamId) && !call.isPartial) blame(call, 'unknown-stream', at, told`finalSamples of stream ${streamId}`)
  for (const { streamId, sampleEnd, clock, sampleRateHz, runs } of call.streams.values()) {
    if (runs === 0 || call.isSealed) continue
    const final = finals.get(streamId)
    if (final === undefined) blame(call, 'final-samples-missing', at, told`stream ${streamId}`)
    else if (final < sampleEnd) blame(call, 'final-samples-contradict', at, told`stream ${streamId}: ended at ${final}, but sent until ${sampleEnd}`)
    // A stream that was silent, or behind a shut gate, went on without saying so; in a hold none need say anything.
    else if (clock === sampleEnd && call.gate.closedMs === null && unheldMs(call, samplesToMs(clock, sampleRateHz), samplesToMs(final, sampleRateHz)) > 1_000)
      blame(call, 'final-samples-contradict', at, told`stream ${streamId}: ended at ${final}, but sent until ${clock} only`)
  }
  call.phase = 'ended'
}

function isThere(call: CallWatch, participantId: string, at: At): boolean {
  if (call.participants.has(participantId) || call.isPartial) return true
  blame(call, 'unknown-participant', at, told`${participantId} is not in the call`)
  return false
}
