import { fromBinary, toBinary } from '@twinreel/contracts/cloudevents'
import { MEDIA_CONTENT_TYPE, encodeMedia } from '@twinreel/contracts/media'
import { decodeCallEvent } from '@twinreel/contracts/messages'
import type { CapturedMessage, CapturedPolicy } from '../capture/capture.ts'
import type { Pseudonyms } from './pseudonyms.ts'

/** Fields whose numbers and switches tell nothing of anybody. */
const PLAIN = new Set('atMs fromMs toMs sampleRateHz sampleOffset sequence utcOffsetMinutes gate indicator prompts'.split(' '))
/** Fields whose texts name somebody, something or some place. */
const NAMES = new Set(
  'participantId participantIds number displayName userId serviceProvider externalGroup externalIdentifier deviceId streamId orgId callId correlationId location dialledDigits by from to source id reason'.split(
    ' ',
  ),
)
/** Fields that hold others. */
const HOLDERS = new Set('participants participant platform streams stream redirections relatedCall capabilities by after finalSamples'.split(' '))
/** Fields that hold one of the wire's own words. */
const WORDED = new Set('role numberPresentation ownerType codec direction callType prompts kind outcome via reason'.split(' '))
const WORDS = new Set(
  (
    'originating terminating allowed restricted unavailable user workspace virtual-line PCMU PCMA L16 inbound outbound internal pstn emergency fax ' +
    'voicemail-retrieval whisper obeys none participant voicemail played expired failed feature-code softkey app api ' +
    // Reasons that platforms give.
    'normal busy no-answer hung-up transfer conference forward pickup park recall answered-elsewhere consultation'
  ).split(' '),
)

export interface Anonymized {
  messages: CapturedMessage[]
  policies: CapturedPolicy[]
  /** Messages that nobody can read: any name may stand in them. */
  leftOut: number
}

/**
 * The same call of people who don't exist: names, numbers, ids and digits are replaced, each by the same one wherever it stands; fields that the wire does not know
 * are dropped. Times, kinds, settings and audio stay.
 */
export function anonymize(callId: string, messages: readonly CapturedMessage[], policies: readonly CapturedPolicy[], names: Pseudonyms): Anonymized {
  const made = messages.flatMap((message) => anonymousMessage(callId, message, names) ?? [])
  return { messages: made, policies: policies.map((policy) => anonymousPolicy(policy, names)), leftOut: messages.length - made.length }
}

function anonymousPolicy({ participantId, asOfMs, policy }: CapturedPolicy, names: Pseudonyms): CapturedPolicy {
  if (policy === null) return { participantId: names.of(participantId), asOfMs, policy }
  const { ownerId, orgId, idNamespace } = policy
  return {
    participantId: names.of(participantId),
    asOfMs,
    policy: { ...policy, ownerId: names.of(ownerId), orgId: names.of(orgId), idNamespace: names.uuid(idNamespace) },
  }
}

function anonymousMessage(callId: string, message: CapturedMessage, names: Pseudonyms): CapturedMessage | null {
  const { headers, value } = message
  const decoded = value === null ? null : decodeCallEvent({ key: callId, headers, value })
  // What could not be opened is no media that anybody can read.
  if (value === null || decoded?.ok !== true || (decoded.message.type === 'media' && decoded.message.sealed !== undefined)) return null
  const event = decoded.message
  const data =
    event.type === 'media'
      ? encodeMedia(event.runs.map((run) => ({ ...run, streamId: names.of(run.streamId) })))
      : new TextEncoder().encode(JSON.stringify(anonymousFields(event.data, names)))
  const { attributes } = fromBinary(headers, value)
  const binary = toBinary({
    attributes: {
      ...attributes,
      id: names.of(attributes.id),
      source: names.of(attributes.source),
      subject: attributes.subject === null ? null : names.of(attributes.subject),
      contentType: event.type === 'media' ? MEDIA_CONTENT_TYPE : 'application/json',
      extensions: event.awaits ? { awaits: 'true' } : {},
    },
    data,
  })
  return { ...message, ...binary, sizeBytes: data.length }
}

/** What nobody knows the meaning of is left out. */
function anonymousFields(value: Readonly<Record<string, unknown>>, names: Pseudonyms): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, content]) => {
      const replaced = anonymousField(field, content, names)
      return replaced === undefined ? [] : [[field, replaced]]
    }),
  )
}

function anonymousField(field: string, content: unknown, names: Pseudonyms): unknown {
  if (Array.isArray(content)) return content.map((item) => anonymousField(field, item, names)).filter((item) => item !== undefined)
  switch (typeof content) {
    case 'object':
      return content !== null && HOLDERS.has(field) ? anonymousFields(content as Readonly<Record<string, unknown>>, names) : undefined
    case 'string':
      if (WORDED.has(field) && WORDS.has(content)) return content
      if (field === 'promptId') return names.prompt(content)
      return NAMES.has(field) ? names.of(content) : undefined
    case 'number':
    case 'boolean':
      return PLAIN.has(field) ? content : undefined
    default:
      return undefined
  }
}
