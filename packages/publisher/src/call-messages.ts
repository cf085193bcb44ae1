import type { z } from 'zod'
import type { CALL_EVENTS, CallEventType } from '@twinreel/contracts/call-events'
import type { MediaRun } from '@twinreel/contracts/media'
import { encodeCallEvent, encodeMediaEvent, type EventOptions, type WireMessage } from '@twinreel/contracts/messages'

export type EventInput<T extends CallEventType> = z.input<(typeof CALL_EVENTS)[T][1]>

/** Whose messages they are, and what time zero is. */
export interface CallNames {
  readonly callId: string
  readonly source: string
  /** Ids are this, a hyphen and a number. By default the call's id; whoever goes on with a call of another process takes a name of its own. */
  readonly idPrefix?: string
  /** Every message asks to be answered by `event.handled`. */
  readonly awaits?: boolean
}

/** The messages of one call, numbered. Only what was really made has a number: ids have no holes. */
export interface CallMessages {
  readonly names: CallNames
  /** Messages made so far. */
  count: number
}

/** A message and the id by which it is answered. */
export interface NumberedMessage {
  readonly id: string
  readonly message: WireMessage
}

/** A JSON event that happens at `timeMs` (UTC). Throws what `encodeCallEvent` throws: publishing what nobody can read helps nobody. */
export function eventMessage<T extends CallEventType>(messages: CallMessages, type: T, data: EventInput<T>, timeMs: number): NumberedMessage {
  const options = nextOptions(messages, timeMs)
  return { id: options.id, message: encodeCallEvent(messages.names.callId, type, data, options) }
}

/** Runs of audio, all that the call's streams have to say until `timeMs` (UTC). */
export function mediaMessage(messages: CallMessages, runs: readonly MediaRun[], timeMs: number): NumberedMessage {
  const options = nextOptions(messages, timeMs)
  return { id: options.id, message: encodeMediaEvent(messages.names.callId, runs, options) }
}

function nextOptions(messages: CallMessages, timeMs: number): EventOptions {
  const { callId, source, idPrefix = callId, awaits = false } = messages.names
  return { id: `${idPrefix}-${++messages.count}`, source, timeMs, awaits }
}
