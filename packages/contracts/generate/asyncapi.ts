import { JSON_CONTENT_TYPE } from '@twinreel/contracts/cloudevents'
import { MEDIA_CONTENT_TYPE } from '@twinreel/contracts/media'
import { MEDIA_ENCRYPTION } from '@twinreel/contracts/sealed-media'
import { TOPICS, type Topic } from '@twinreel/contracts/topics'
import { summary } from './json-schema.ts'
import { REGISTERED, shortName, type Registered } from './registry.ts'

type Json = Record<string, unknown>

const CHANNELS: readonly { id: keyof typeof TOPICS; action: 'send' | 'receive'; key: string; description: string }[] = [
  { id: 'calls', action: 'receive', key: 'callId', description: 'Everything that happens to a call, its events and its audio, in order.' },
  { id: 'callCommands', action: 'send', key: 'callId', description: 'What the recorder asks of the platform that has the call.' },
  { id: 'recordings', action: 'send', key: 'recordingId; callId where there is no recording', description: 'The life of recordings.' },
  { id: 'deadLetters', action: 'send', key: 'the key of the message it is about', description: 'Messages that could not be taken, and why.' },
]

/** The AsyncAPI 3.0 document of the wire, seen from Twinreel: it receives calls and sends the rest. */
export function asyncApi(): Json {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Twinreel',
      version: '1.0.0',
      description:
        'The messages of a self-hosted call-recording pipeline. CloudEvents 1.0 in Kafka binary mode: attributes are `ce_*` headers, the data is the value. Structured mode (`application/cloudevents+json`) is read too. Unknown fields are kept and ignored; a new meaning gets a new version in the type.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: JSON_CONTENT_TYPE,
    channels: Object.fromEntries(CHANNELS.map(({ id, description }) => [id, channel(TOPICS[id], description)])),
    operations: Object.fromEntries(CHANNELS.map((channelOf) => [`${channelOf.action}-${TOPICS[channelOf.id]}`, operation(channelOf)])),
    components: {
      messages: Object.fromEntries(REGISTERED.map((registered) => [shortName(registered), message(registered)])),
      schemas: { cloudEventHeaders: CLOUD_EVENT_HEADERS },
    },
  }
}

function channel(topic: Topic, description: string): Json {
  const messages = REGISTERED.filter((registered) => registered.topic === topic)
  return {
    address: topic,
    description,
    messages: Object.fromEntries(messages.map((registered) => [shortName(registered), { $ref: `#/components/messages/${shortName(registered)}` }])),
    bindings: { kafka: { topic, bindingVersion: '0.5.0' } },
  }
}

function operation({ id, action, key }: (typeof CHANNELS)[number]): Json {
  const messages = REGISTERED.filter((registered) => registered.topic === TOPICS[id])
  return {
    action,
    summary: `Messages of the topic ${TOPICS[id]}, keyed by ${key}.`,
    channel: { $ref: `#/channels/${id}` },
    messages: messages.map((registered) => ({ $ref: `#/channels/${id}/messages/${shortName(registered)}` })),
  }
}

function message(registered: Registered): Json {
  const key = CHANNELS.find(({ id }) => TOPICS[id] === registered.topic)?.key ?? ''
  return {
    name: `io.twinreel.${shortName(registered)}`,
    title: registered.type,
    summary: summary(registered),
    contentType: registered.schema === null ? MEDIA_CONTENT_TYPE : JSON_CONTENT_TYPE,
    headers: {
      allOf: [
        { $ref: '#/components/schemas/cloudEventHeaders' },
        {
          type: 'object',
          properties: { ce_type: { const: `io.twinreel.${shortName(registered)}` }, ...(registered.schema === null ? ENCRYPTION_HEADERS : {}) },
        },
      ],
    },
    payload: registered.schema === null ? MEDIA_PAYLOAD : { $ref: `./schemas/${shortName(registered)}.json` },
    bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: '0.5.0' } },
  }
}

const MEDIA_PAYLOAD: Json = {
  type: 'string',
  format: 'binary',
  description:
    'Byte 0 is the version, 1. Then runs until the end, each: u8 length of the stream id (1 to 64), the id in UTF-8, i64 big-endian offset of the first sample since time zero, u32 number of samples, u32 number of bytes, the samples (G.711 one byte each, L16 two bytes big-endian). With `ce_encryption` it is a nonce of 12 bytes, that encrypted with AES-256-GCM, and the tag of 16 bytes; the additional data is the call id, a zero byte and the `ce_id`, in UTF-8.',
}

const ENCRYPTION_HEADERS: Json = {
  ce_encryption: { const: MEDIA_ENCRYPTION, description: 'The value is encrypted under a key of the call; `ce_keyid` says which.' },
  ce_keyid: { type: 'string', minLength: 1, maxLength: 64, description: 'As a recorder’s `/media-keys` answered.' },
}

const CLOUD_EVENT_HEADERS: Json = {
  type: 'object',
  description: 'CloudEvents 1.0 attributes in Kafka binary mode.',
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'],
  properties: {
    ce_specversion: { const: '1.0' },
    ce_id: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: 'Unique within the source: an event that comes again with the same source and id is the same event.',
    },
    ce_source: { type: 'string', minLength: 1, maxLength: 256 },
    ce_type: { type: 'string', minLength: 1, maxLength: 256 },
    ce_time: { type: 'string', format: 'date-time', description: 'When it happened, by the publisher’s clock; call.answered must carry it.' },
    ce_subject: { type: 'string', description: 'The record’s key. On calls it must name the same call.' },
    ce_awaits: { type: 'string', enum: ['true'], description: 'On calls: answer with event.handled after the commands this event causes.' },
    'content-type': { type: 'string' },
  },
}
