import type { Action } from './plan.ts'
import { cutOff } from './prompt-queue.ts'
import { flush, hangUp, publish, type PlatformCall } from './platform-state.ts'
import { beginSilence, endSilence, endStream, lives, openStream, takeRanges, type CallStream } from '@twinreel/publisher/streams'

/** What the people in the call do, at the call's present time. */
export function performAction(call: PlatformCall, action: Action): void {
  const { clockMs } = call
  switch (action.do) {
    case 'hang-up':
      return hangUp(call, action.reason)
    case 'control': {
      const { userId, participantId, via, stamped, atMs, datedMs = atMs } = action
      const who = { ...(userId === undefined ? {} : { userId }), ...(participantId === undefined ? {} : { participantId }) }
      // Before the answer there is no call time to stamp it with.
      return publish(call, { type: `control.${action.control}`, data: { ...who, via, ...(stamped && atMs >= 0 ? { atMs: datedMs } : {}) } }, atMs)
    }
    case 'hold':
      if (action.silent) {
        flush(call)
        for (const stream of streamsOf(call, action.participantId)) beginSilence(stream, clockMs)
      }
      return publish(call, { type: 'call.held', data: { atMs: clockMs, participantId: action.participantId } })
    case 'retrieve':
      flush(call)
      for (const stream of streamsOf(call, action.participantId)) endSilence(stream, clockMs)
      return publish(call, { type: 'call.retrieved', data: { atMs: clockMs, participantId: action.participantId } })
    case 'join': {
      const { voice: _, ...participant } = action.participant
      if (participant.userId !== undefined) call.users.add(participant.userId)
      call.streams.push(...action.streams.map((stream) => openStream(stream, clockMs)))
      return publish(call, { type: 'participant.joined', data: { atMs: clockMs, participant, streams: action.streams, ...reasonOf(action) } })
    }
    case 'leave':
      flush(call)
      call.left.add(action.participantId)
      for (const stream of streamsOf(call, action.participantId)) if (stream.participantIds.every((id) => call.left.has(id))) endStream(stream, clockMs)
      return publish(call, { type: 'participant.left', data: { atMs: clockMs, participantId: action.participantId, ...reasonOf(action) } })
    case 'renegotiate':
      return renegotiate(call, action)
    case 'away':
      flush(call)
      call.awayUntilMs = clockMs + action.forMs
      if (!action.restarts) return
      call.restarts += 1
      cutOff(call.prompts, clockMs)
      return
    case 'nonsense':
      return void (action.afterTheEnd ? call.afterTheEnd : call.outbox).push({ kind: 'nonsense', atMs: clockMs, event: action.event })
    case 'collect':
      flush(call)
      call.nextMediaMs = clockMs + action.forMs
      return
    case 'send-late':
      // What was said meanwhile goes first, or that nothing was: so the log has come as far as the call.
      call.outbox.push({ kind: 'media', atMs: clockMs, ranges: takeRanges(call.streams, clockMs, call.gate.open) })
      return void call.outbox.push({ kind: 'late-media', atMs: clockMs, held: action })
    case 'timer':
      return void call.outbox.push({ kind: 'timer', atMs: clockMs })
  }
}

/** Offsets count in the new rate from here on, so all audio in the old one must have gone before. */
function renegotiate(call: PlatformCall, { streamId, codec, sampleRateHz }: Extract<Action, { do: 'renegotiate' }>): void {
  const old = call.streams.find((stream) => stream.streamId === streamId && lives(stream))
  if (old === undefined) return
  flush(call)
  const silent = old.silentFrom !== null
  endStream(old, call.clockMs)
  const stream = { streamId, participantIds: [...old.participantIds], codec, sampleRateHz }
  const renewed = openStream(stream, call.clockMs)
  if (silent) beginSilence(renewed, call.clockMs)
  call.streams.push(renewed)
  publish(call, { type: 'stream.changed', data: { atMs: call.clockMs, stream } })
}

function streamsOf(call: PlatformCall, participantId: string): CallStream[] {
  return call.streams.filter((stream) => lives(stream) && stream.participantIds.includes(participantId))
}

function reasonOf({ reason }: { reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason }
}
