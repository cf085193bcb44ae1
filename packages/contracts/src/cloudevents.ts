import { z } from 'zod'
import { fromBase64, toBase64 } from './base64.ts'

/**
 * CloudEvents 1.0, the attributes alone: what surrounds the data in either mode.
 * Kafka binary mode: `ce_*` headers and `content-type`, data as the value (CloudEvents Kafka binding 1.0 §3.2).
 * Structured mode: one JSON document (CloudEvents JSON format 1.0); a batch is an array of them.
 */
export interface Attributes {
  id: string
  source: string
  type: string
  /** RFC 3339; `null` when absent. */
  time: string | null
  subject: string | null
  contentType: string
  /** Extension attributes by name, as strings. */
  extensions: Readonly<Record<string, string>>
}

export interface RawEvent {
  attributes: Attributes
  data: Uint8Array
}

type CloudEventFault = 'not-cloudevents' | 'not-json' | 'invalid-data'

export class CloudEventError extends Error {
  readonly reason: CloudEventFault
  constructor(message: string, reason: CloudEventFault = 'not-cloudevents') {
    super(message)
    this.name = 'CloudEventError'
    this.reason = reason
  }
}

export const JSON_CONTENT_TYPE = 'application/json'
export const STRUCTURED_CONTENT_TYPE = 'application/cloudevents+json'

const SPEC_VERSION = '1.0'
/** Far deeper than any message of ours. */
const MAX_DEPTH = 64
const CORE = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'dataschema', 'data', 'data_base64'])
const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

export function toBinary(event: RawEvent): { headers: Record<string, string>; value: Uint8Array } {
  const { attributes } = event
  const headers: Record<string, string> = {
    ce_specversion: SPEC_VERSION,
    ce_id: attributes.id,
    ce_source: attributes.source,
    ce_type: attributes.type,
    'content-type': attributes.contentType,
  }
  if (attributes.time !== null) headers['ce_time'] = attributes.time
  if (attributes.subject !== null) headers['ce_subject'] = attributes.subject
  for (const [key, value] of Object.entries(attributes.extensions)) headers[`ce_${key}`] = value
  return { headers, value: event.data }
}

/** Reads a message in binary mode, or in structured mode when its content type says so. Throws `CloudEventError`. */
export function fromBinary(headers: Readonly<Record<string, string>>, value: Uint8Array): RawEvent {
  const contentType = headers['content-type'] ?? JSON_CONTENT_TYPE
  if (mediaType(contentType) === STRUCTURED_CONTENT_TYPE) return fromStructured(parseJson(value))
  if (headers['ce_specversion'] === undefined) throw new CloudEventError('no header ce_specversion: not a CloudEvent')
  if (headers['ce_specversion'] !== SPEC_VERSION) throw new CloudEventError(`CloudEvents version ${headers['ce_specversion']}, only ${SPEC_VERSION} is known`)
  const extensions: Record<string, string> = {}
  for (const [key, content] of Object.entries(headers)) {
    if (key.startsWith('ce_') && !CORE.has(key.slice(3))) extensions[key.slice(3)] = content
  }
  return {
    attributes: {
      id: required(headers['ce_id'], 'id'),
      source: required(headers['ce_source'], 'source'),
      type: required(headers['ce_type'], 'type'),
      time: checkedTime(headers['ce_time'] ?? null),
      subject: headers['ce_subject'] ?? null,
      contentType,
      extensions,
    },
    data: value,
  }
}

export function toStructured(event: RawEvent): Record<string, unknown> {
  const { attributes } = event
  return {
    specversion: SPEC_VERSION,
    id: attributes.id,
    source: attributes.source,
    type: attributes.type,
    ...(attributes.time === null ? {} : { time: attributes.time }),
    ...(attributes.subject === null ? {} : { subject: attributes.subject }),
    datacontenttype: attributes.contentType,
    ...attributes.extensions,
    ...(mediaType(attributes.contentType) === JSON_CONTENT_TYPE ? { data: parseJson(event.data) } : { data_base64: toBase64(event.data) }),
  }
}

/** An unset attribute may be written as null (CloudEvents JSON format 1.0 §2.2). */
const structured = z.looseObject({
  specversion: z.literal(SPEC_VERSION),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  time: z.string().nullish(),
  subject: z.string().nullish(),
  datacontenttype: z.string().nullish(),
  data: z.unknown().optional(),
  data_base64: z.base64().nullish(),
})

export function fromStructured(document: unknown): RawEvent {
  const parsed = structured.safeParse(document)
  if (!parsed.success) throw new CloudEventError(`not a CloudEvent: ${z.prettifyError(parsed.error)}`)
  const event = parsed.data
  if (event.data !== undefined && typeof event.data_base64 === 'string') throw new CloudEventError('both data and data_base64: an event has one or the other')
  const extensions: Record<string, string> = {}
  for (const [key, value] of Object.entries(event)) {
    if (!CORE.has(key) && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) extensions[key] = String(value)
  }
  return {
    attributes: {
      id: required(event.id, 'id'),
      source: required(event.source, 'source'),
      type: required(event.type, 'type'),
      time: checkedTime(event.time ?? null),
      subject: event.subject ?? null,
      contentType: event.datacontenttype ?? JSON_CONTENT_TYPE,
      extensions,
    },
    data: typeof event.data_base64 === 'string' ? fromBase64(event.data_base64) : utf8.encode(JSON.stringify(checkedJson(event.data ?? null))),
  }
}

/** A batch over HTTP: an array of structured events. The error of a bad one names its place. */
export function fromBatch(document: unknown): RawEvent[] {
  if (!Array.isArray(document)) throw new CloudEventError('a batch is a JSON array of CloudEvents')
  return document.map((event, index) => {
    try {
      return fromStructured(event)
    } catch (error) {
      if (error instanceof CloudEventError) throw new CloudEventError(`event ${index} of the batch: ${error.message}`, error.reason)
      throw error
    }
  })
}

/** Throws `CloudEventError` with the reason `not-json`, or `invalid-data` for a text that holds U+0000; nothing of the text is in its message. */
export function parseJson(value: Uint8Array): unknown {
  let source: string
  try {
    source = text.decode(value)
  } catch {
    throw new CloudEventError('not UTF-8', 'not-json')
  }
  let json: unknown
  try {
    json = JSON.parse(source)
  } catch {
    throw new CloudEventError('not JSON', 'not-json')
  }
  return checkedJson(json)
}

/**
 * JSON.parse takes any depth, JSON.stringify only what the stack holds. Unknown fields are kept, so a hostile depth would
 * otherwise come back as a crash wherever the data is written again. U+0000 is JSON, but no text of a database that others may use.
 */
function checkedJson<T>(json: T): T {
  checkLevels(json, MAX_DEPTH)
  return json
}

function checkLevels(json: unknown, levels: number): void {
  if (typeof json === 'string' && json.includes('\0')) throw new CloudEventError('a text holds U+0000', 'invalid-data')
  if (typeof json !== 'object' || json === null) return
  if (levels === 0) throw new CloudEventError(`JSON nested deeper than ${MAX_DEPTH} levels`, 'not-json')
  for (const [name, value] of Object.entries(json)) {
    if (name.includes('\0')) throw new CloudEventError('a text holds U+0000', 'invalid-data')
    checkLevels(value, levels - 1)
  }
}

/** The type without its parameters; media types compare without case (RFC 9110 §8.3.1). */
function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function required(value: string | undefined, attribute: string): string {
  if (value === undefined || value === '') throw new CloudEventError(`attribute ${attribute} is missing`)
  if (value.length > 256) throw new CloudEventError(`attribute ${attribute} is longer than 256 characters`)
  // No attribute may hold a control character (CloudEvents 1.0, type system); of them this one does harm.
  if (value.includes('\0')) throw new CloudEventError(`attribute ${attribute} holds U+0000`)
  return value
}

/** Made once: making a schema costs more than all else that is done for a message. */
const rfc3339 = z.iso.datetime({ offset: true })

function checkedTime(time: string | null): string | null {
  if (time !== null && !rfc3339.safeParse(time).success) throw new CloudEventError(`attribute time is not an RFC 3339 time: ${time.slice(0, 64)}`)
  return time
}
