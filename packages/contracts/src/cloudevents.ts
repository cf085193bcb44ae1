import { z } from 'zod'

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

export class CloudEventError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CloudEventError'
  }
}

export const JSON_CONTENT_TYPE = 'application/json'
export const STRUCTURED_CONTENT_TYPE = 'application/cloudevents+json'
export const BATCH_CONTENT_TYPE = 'application/cloudevents-batch+json'

const SPEC_VERSION = '1.0'
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
  if (contentType.startsWith(STRUCTURED_CONTENT_TYPE)) return fromStructured(parseJson(value))
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
    ...(attributes.contentType === JSON_CONTENT_TYPE ? { data: parseJson(event.data) } : { data_base64: toBase64(event.data) }),
  }
}

const structured = z.looseObject({
  specversion: z.literal(SPEC_VERSION),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  time: z.string().optional(),
  subject: z.string().optional(),
  datacontenttype: z.string().optional(),
  data: z.unknown(),
  data_base64: z.base64().optional(),
})

export function fromStructured(document: unknown): RawEvent {
  const parsed = structured.safeParse(document)
  if (!parsed.success) throw new CloudEventError(`not a CloudEvent: ${z.prettifyError(parsed.error)}`)
  const event = parsed.data
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
    data: event.data_base64 === undefined ? utf8.encode(JSON.stringify(event.data ?? null)) : fromBase64(event.data_base64),
  }
}

/** A batch over HTTP: an array of structured events. */
export function fromBatch(document: unknown): RawEvent[] {
  if (!Array.isArray(document)) throw new CloudEventError('a batch is a JSON array of CloudEvents')
  return document.map(fromStructured)
}

export function parseJson(value: Uint8Array): unknown {
  let source: string
  try {
    source = text.decode(value)
  } catch {
    throw new CloudEventError('not UTF-8')
  }
  try {
    return JSON.parse(source)
  } catch {
    throw new CloudEventError('not JSON')
  }
}

function required(value: string | undefined, attribute: string): string {
  if (value === undefined || value === '') throw new CloudEventError(`attribute ${attribute} is missing`)
  if (value.length > 256) throw new CloudEventError(`attribute ${attribute} is longer than 256 characters`)
  return value
}

function checkedTime(time: string | null): string | null {
  if (time !== null && !z.iso.datetime({ offset: true }).safeParse(time).success) throw new CloudEventError(`attribute time is not an RFC 3339 time: ${time.slice(0, 64)}`)
  return time
}

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192))
  return btoa(binary)
}

function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
