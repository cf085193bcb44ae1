import { CloudEventError, fromBinary, parseJson, type RawEvent } from '@twinreel/contracts/cloudevents'
import { callId as callIdSchema } from '@twinreel/contracts/identifiers'
import { MEDIA_CONTENT_TYPE } from '@twinreel/contracts/media'
import { decodeCallEvent, type CallEvent } from '@twinreel/contracts/messages'
import { phoneDigits } from '@twinreel/contracts/phone-number'
import type { ObservedMessage } from './observed.ts'
import type { Code } from './rules.ts'
import { told, type Told } from './told.ts'

/** What one message alone tells: what it is, and what is wrong with how it is written. */
export interface ReadMessage {
  /** `null` when it can't be read. */
  event: CallEvent | null
  /** The call that it seems to be about, if any. */
  callId: string | null
  id: string
  wrong: { code: Code; detail: Told }[]
}

const REQUIRED = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type']
const MAX_MESSAGE_BYTES = 1_048_576
/** No id is longer; a key that is none may be a whole message's. */
const MAX_NAME_CHARACTERS = 256
const STRUCTURED = /^application\/cloudevents\+json\b/i

export function readMessage(message: ObservedMessage): ReadMessage {
  const { headers, key, value } = message
  const wrong: ReadMessage['wrong'] = []
  const isStructured = STRUCTURED.test(headers['content-type'] ?? '')
  const raw = rawOf(message)
  const subject = raw?.attributes.subject ?? headers['ce_subject'] ?? null
  const about = key !== null && key !== '' ? key : subject
  const result = (event: CallEvent | null, callId = about): ReadMessage => ({
    event,
    callId: callId?.slice(0, MAX_NAME_CHARACTERS) ?? null,
    id: (raw?.attributes.id ?? headers['ce_id'] ?? '').slice(0, MAX_NAME_CHARACTERS),
    wrong,
  })
  const refuse = (code: Code, detail: Told): ReadMessage => {
    wrong.push({ code, detail })
    return result(null)
  }

  if (message.sizeBytes >= MAX_MESSAGE_BYTES) return refuse('message-too-large', told`${message.sizeBytes} bytes`)
  if (value === null) return refuse('empty-value', told`the value is null`)
  if (!isStructured) {
    const missing = REQUIRED.filter((name) => (headers[name] ?? '') === '')
    const first = Object.keys(headers).find((name) => !(name in KNOWN_HEADERS) && name.toLowerCase().replace('-', '_') in KNOWN_HEADERS)
    if (missing.length > 0 && first !== undefined) return refuse('misspelt-header', told`${first}: write ${first.toLowerCase().replace('-', '_')}`)
    if (missing.length > 0) return refuse('missing-header', told`${missing.join(', ')} missing`)
    if (headers['ce_specversion'] !== '1.0') return refuse('wrong-specversion', told`ce_specversion is ${(headers['ce_specversion'] ?? '').slice(0, 16)}`)
  }
  if (key === null || key === '') return refuse('missing-key', told`the key is empty`)
  if (!callIdSchema.safeParse(key).success) {
    wrong.push({ code: 'invalid-call-id', detail: told`${key.slice(0, MAX_NAME_CHARACTERS)} can’t be a call id` })
    return result(null, subject ?? about)
  }
  const decoded = decodeCallEvent({ key, headers, value })
  if (!isStructured && (decoded.ok || decoded.reason !== 'unknown-type')) wrong.push(...contentTypeFaults(headers))
  if (decoded.ok) {
    wrong.push(...misspeltFields(decoded.message))
    return result(decoded.message)
  }
  switch (decoded.reason) {
    case 'key-mismatch':
      wrong.push({ code: 'key-mismatch', detail: told`${decoded.detail}` })
      return result(null, claimedCallId(raw) ?? subject ?? about)
    case 'not-json':
      return refuse('not-json', told`${decoded.detail}; it begins with byte ${hex(value[0])}`)
    case 'unknown-type':
      return refuse('unknown-type', told`${decoded.detail}`)
    case 'unknown-version':
      return refuse('unknown-version', told`${decoded.detail}`)
    case 'invalid-media':
      return isText(value) ? refuse('media-is-text', told`it begins with byte ${hex(value[0])}, not with 01`) : refuse('invalid-media', told`${decoded.detail}`)
    case 'invalid-data':
      return refuse(...dataFault(decoded.detail, raw))
    default:
      return /attribute time/.test(decoded.detail) ? refuse('invalid-time', told`${decoded.detail}`) : refuse('invalid-envelope', told`${decoded.detail}`)
  }
}

/** The event's attributes, as far as they can be read. */
function rawOf({ headers, value }: ObservedMessage): RawEvent | null {
  try {
    return fromBinary(headers, value ?? new Uint8Array())
  } catch (error) {
    if (error instanceof CloudEventError) return null
    throw error
  }
}

const KNOWN_HEADERS: Readonly<Record<string, true>> = {
  ce_specversion: true,
  ce_id: true,
  ce_source: true,
  ce_type: true,
  ce_time: true,
  ce_subject: true,
  ce_awaits: true,
  'content-type': true,
}

function contentTypeFaults(headers: Readonly<Record<string, string>>): ReadMessage['wrong'] {
  const type = headers['content-type']
  if (type === undefined) return [{ code: 'missing-content-type', detail: told`no content-type on ${headers['ce_type'] ?? ''}` }]
  const wanted = headers['ce_type']?.startsWith('io.twinreel.media.') === true ? MEDIA_CONTENT_TYPE : 'application/json'
  const given = (type.split(';', 1)[0] ?? '').trim().toLowerCase()
  return given === wanted ? [] : [{ code: 'wrong-content-type', detail: told`${given.slice(0, 64)}, expected ${wanted}` }]
}

/** Which rule the schema's complaint comes down to. The complaint names places and bounds, never values. */
function dataFault(detail: string, raw: RawEvent | null): [Code, Told] {
  if (detail.startsWith('call.answered needs the attribute time')) return ['answer-without-time', told`ce_time is missing`]
  const data = dataOf(raw)
  const [, path = ''] = /^([\w.]+): /.exec(detail) ?? []
  const value = path.split('.').reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined), data)
  if (/(?:^|\.)(?:atMs|fromMs|toMs)$/.test(path) && value !== undefined) {
    if (typeof value === 'number' && value < 0) return ['at-ms-negative', told`${path} is ${value}`]
    if (typeof value === 'number' && Number.isInteger(value)) return ['at-ms-is-a-date', told`${path} is ${value}`]
    return ['at-ms-not-whole', told`${detail}`]
  }
  if (path === 'toMs') return ['prompt-without-times', told`${detail}`]
  if (/(?:^|\.)userId$/.test(path) && typeof value === 'string' && phoneDigits(value) !== null) return ['user-id-is-a-number', told`${path} is ${value}`]
  if (/(?:^|\.)(?:codec|sampleRateHz)$/.test(path)) return ['unknown-codec', told`${detail}`]
  return ['invalid-data', told`${detail}`]
}

function dataOf(raw: RawEvent | null): unknown {
  try {
    return raw === null ? null : parseJson(raw.data)
  } catch {
    return null
  }
}

function claimedCallId(raw: RawEvent | null): string | null {
  const data = dataOf(raw)
  return typeof data === 'object' && data !== null && 'callId' in data && typeof data.callId === 'string' ? data.callId : null
}

/** Optional fields whose loss would go unnoticed. */
const FIELDS = new Map(
  (
    'atMs userId participantId participantIds streamId sampleRateHz finalSamples sampleOffset callType capabilities direction correlationId relatedCall ' +
    'utcOffsetMinutes dialledDigits redirections displayName numberPresentation ownerType deviceId streams reason number platform location fromMs toMs prompts gate indicator'
  )
    .split(' ')
    .map((name) => [bare(name), name]),
)

/** Fields that hold others of ours: within a field that a platform made up its own names stand. */
const HOLDERS = new Set('participants participant platform streams stream finalSamples redirections relatedCall capabilities by'.split(' '))

function misspeltFields(event: CallEvent): ReadMessage['wrong'] {
  if (event.type === 'media') return []
  const names = new Set(namesIn(event.data, 4))
  const faults: ReadMessage['wrong'] = []
  for (const name of names) {
    const meant = FIELDS.get(bare(name))
    if (meant !== undefined && meant !== name) faults.push({ code: 'misspelt-field', detail: told`${name}: write ${meant}` })
  }
  return faults
}

function namesIn(data: unknown, levels: number): string[] {
  if (typeof data !== 'object' || data === null || levels === 0) return []
  if (Array.isArray(data)) return data.flatMap((value) => namesIn(value, levels - 1))
  return Object.entries(data).flatMap(([name, value]) => [name, ...(HOLDERS.has(name) ? namesIn(value, levels - 1) : [])])
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

/** JSON or base64 where bytes should be: no control character in the first few. */
function isText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 32)
  return start.length >= 4 && start.every((byte) => byte >= 0x20 && byte < 0x7f)
}

function hex(byte: number | undefined): string {
  return byte === undefined ? 'none' : byte.toString(16).padStart(2, '0')
}
