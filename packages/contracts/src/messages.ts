import type { z } from 'zod'
import { CALL_COMMANDS, type CallCommand } from './call-commands.ts'
import { CALL_EVENTS, type CallEventData, type CallEventType } from './call-events.ts'
import { CloudEventError, JSON_CONTENT_TYPE, fromBinary, parseJson, toBinary, type Attributes, type RawEvent } from './cloudevents.ts'
import { callId as callIdSchema } from './identifiers.ts'
import { DEAD_LETTERS, LIFECYCLE, type DeadLetterReason, type LifecycleType } from './lifecycle.ts'
import { MEDIA_CONTENT_TYPE, MediaError, decodeMedia, encodeMedia, type MediaRun } from './media.ts'
import { MEDIA_ENCRYPTION, type SealedMedia } from './sealed-media.ts'

/** What every message on `calls` has, whatever its type. */
export interface EventHead {
  callId: string
  id: string
  source: string
  /** The publisher's clock, milliseconds UTC; `null` when it gave none. */
  timeMs: number | null
  /** The publisher waits for `event.handled`. */
  awaits: boolean
}

/** Media that is `sealed` has no runs before it is opened. */
export type CallEvent =
  | { [T in CallEventType]: EventHead & { type: T; data: CallEventData<T> } }[CallEventType]
  | (EventHead & { type: 'media'; runs: readonly MediaRun[]; sealed?: SealedMedia })

export type Decoded<T> = { ok: true; message: T } | { ok: false; reason: DeadLetterReason; detail: string }

export interface WireMessage {
  key: string
  headers: Record<string, string>
  value: Uint8Array
}

const PREFIX = 'io.twinreel.'
const TYPE = /^io\.twinreel\.([a-z.-]+)\.v([1-9][0-9]*)$/
const utf8 = new TextEncoder()

/** Reads a message of the topic `calls`, in binary or structured mode. Never throws: what is wrong comes back as a reason with detail, no data in it. */
export function decodeCallEvent(message: { key: string; headers: Readonly<Record<string, string>>; value: Uint8Array }): Decoded<CallEvent> {
  let raw: RawEvent
  try {
    raw = fromBinary(message.headers, message.value)
  } catch (error) {
    if (error instanceof CloudEventError) return refuse(error.reason, error.message)
    throw error
  }
  const type = TYPE.exec(raw.attributes.type)
  if (type?.[1] === undefined) return refuse('unknown-type', `type ${raw.attributes.type} is not ${PREFIX}NAME.vN`)
  const id = callIdSchema.safeParse(raw.attributes.subject ?? message.key)
  if (!id.success) return refuse('invalid-data', `call id: ${id.error.issues[0]?.message ?? 'invalid'}`)
  if (message.key !== id.data) return refuse('key-mismatch', 'the record key and the subject name different calls')
  const head: EventHead = {
    callId: id.data,
    id: raw.attributes.id,
    source: raw.attributes.source,
    timeMs: raw.attributes.time === null ? null : Date.parse(raw.attributes.time),
    awaits: raw.attributes.extensions['awaits'] === 'true',
  }
  const version = Number(type[2])
  if (type[1] === 'media') return decodeMediaEvent(head, version, raw)
  if (!Object.hasOwn(CALL_EVENTS, type[1])) return refuse('unknown-type', `no event ${type[1]} on this topic`)
  return decodeJsonEvent(head, type[1] as CallEventType, version, raw)
}

function decodeMediaEvent(head: EventHead, version: number, { attributes: { extensions }, data }: RawEvent): Decoded<CallEvent> {
  if (version !== 1) return refuse('unknown-version', `media version ${version}, only 1 is known`)
  if (extensions['encryption'] !== undefined) return decodeSealed(head, extensions, data)
  try {
    return { ok: true, message: { ...head, type: 'media', runs: decodeMedia(data) } }
  } catch (error) {
    if (error instanceof MediaError) return refuse('invalid-media', error.message)
    throw error
  }
}

function decodeSealed(head: EventHead, { encryption, keyid = '' }: Readonly<Record<string, string>>, bytes: Uint8Array): Decoded<CallEvent> {
  if (encryption !== MEDIA_ENCRYPTION) return refuse('invalid-media', `encryption is not ${MEDIA_ENCRYPTION}, the only one that is known`)
  if (keyid.length < 1 || keyid.length > 64) return refuse('invalid-media', 'encrypted media names its key, 1 to 64 characters, in the attribute keyid')
  return { ok: true, message: { ...head, type: 'media', runs: [], sealed: { keyId: keyid, bytes } } }
}

function decodeJsonEvent(head: EventHead, type: CallEventType, version: number, raw: RawEvent): Decoded<CallEvent> {
  const data = decodeData(type, version, CALL_EVENTS[type], raw.data)
  if (!data.ok) return data
  if (type === 'call.answered' && head.timeMs === null) return refuse('invalid-data', 'call.answered needs the attribute time: it is the call’s time zero')
  if (type === 'call.started' && (data.message as CallEventData<'call.started'>).callId !== head.callId)
    return refuse('key-mismatch', 'the record key and data.callId name different calls')
  // The schema that parsed the data is the one of this type, which the compiler can't follow through the table.
  return { ok: true, message: { ...head, type, data: data.message } as CallEvent }
}

function decodeData(type: string, version: number, versions: Readonly<Record<number, z.ZodType>>, bytes: Uint8Array): Decoded<unknown> {
  const schema = versions[version]
  if (schema === undefined) return refuse('unknown-version', `${type} version ${version}, known: ${Object.keys(versions).join(', ')}`)
  let json: unknown
  try {
    json = parseJson(bytes)
  } catch (error) {
    if (error instanceof CloudEventError) return refuse(error.reason, error.message)
    throw error
  }
  const data = schema.safeParse(json)
  return data.success ? { ok: true, message: data.data } : refuse('invalid-data', describeIssues(data.error.issues))
}

/** Paths and messages only: an issue's input may hold what must not be logged. */
function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'data'}: ${issue.message}`)
    .join('; ')
    .slice(0, 500)
}

export interface EventOptions {
  id: string
  source: string
  timeMs?: number
  awaits?: boolean
}

/** A JSON event for the topic `calls`, in binary mode. The data is checked: publishing what nobody can read is our error, not the reader's. */
export function encodeCallEvent<T extends CallEventType>(
  callId: string,
  type: T,
  data: z.input<(typeof CALL_EVENTS)[T][1]>,
  options: EventOptions,
): WireMessage {
  const schema: z.ZodType = CALL_EVENTS[type][1]
  schema.parse(data)
  callIdSchema.parse(callId)
  if (type === 'call.answered' && options.timeMs === undefined) throw new TypeError('call.answered needs timeMs: it is the call’s time zero')
  return wire(callId, `${type}.v1`, options, JSON_CONTENT_TYPE, utf8.encode(JSON.stringify(data)))
}

export function encodeMediaEvent(callId: string, runs: readonly MediaRun[], options: EventOptions): WireMessage {
  return wire(callId, 'media.v1', options, MEDIA_CONTENT_TYPE, encodeMedia(runs))
}

export function encodeCommand(callId: string, command: CallCommand, options: EventOptions): WireMessage {
  return wire(callId, `${command.type}.v1`, options, JSON_CONTENT_TYPE, utf8.encode(JSON.stringify(command.data)))
}

/** Reads a message of the topic `call-commands`; an unknown one is refused, so that a platform can skip what it does not know. */
export function decodeCommand(message: {
  key: string
  headers: Readonly<Record<string, string>>
  value: Uint8Array
}): Decoded<{ callId: string; id: string; command: CallCommand }> {
  let raw: RawEvent
  try {
    raw = fromBinary(message.headers, message.value)
  } catch (error) {
    if (error instanceof CloudEventError) return refuse(error.reason, error.message)
    throw error
  }
  const [, type, version] = TYPE.exec(raw.attributes.type) ?? []
  if (type === undefined || !Object.hasOwn(CALL_COMMANDS, type)) return refuse('unknown-type', `no command ${raw.attributes.type}`)
  const data = decodeData(type, Number(version), CALL_COMMANDS[type as CallCommand['type']], raw.data)
  if (!data.ok) return data
  return { ok: true, message: { callId: message.key, id: raw.attributes.id, command: { type, data: data.message } as CallCommand } }
}

export function encodeLifecycle<T extends LifecycleType>(key: string, type: T, data: z.input<(typeof LIFECYCLE)[T][1]>, options: EventOptions): WireMessage {
  const schema: z.ZodType = LIFECYCLE[type][1]
  schema.parse(data)
  return wire(key, `${type}.v1`, options, JSON_CONTENT_TYPE, utf8.encode(JSON.stringify(data)))
}

export function encodeDeadLetter(key: string, data: z.input<(typeof DEAD_LETTERS)['message.rejected'][1]>, options: EventOptions): WireMessage {
  return wire(key, 'message.rejected.v1', options, JSON_CONTENT_TYPE, utf8.encode(JSON.stringify(DEAD_LETTERS['message.rejected'][1].parse(data))))
}

function wire(key: string, type: string, options: EventOptions, contentType: string, data: Uint8Array): WireMessage {
  const attributes: Attributes = {
    id: options.id,
    source: options.source,
    type: PREFIX + type,
    time: options.timeMs === undefined ? null : new Date(options.timeMs).toISOString(),
    subject: key,
    contentType,
    extensions: options.awaits === true ? { awaits: 'true' } : {},
  }
  return { key, ...toBinary({ attributes, data }) }
}

function refuse(reason: DeadLetterReason, detail: string): { ok: false; reason: DeadLetterReason; detail: string } {
  return { ok: false, reason, detail: detail.slice(0, 500) }
}
