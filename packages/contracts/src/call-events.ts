import { z } from 'zod'
import { MAX_SAMPLE_OFFSET, atMs, callId, name, orgId, participantId, streamId, userId } from './identifiers.ts'

export const codec = z.enum(['PCMU', 'PCMA', 'L16'])
/** Internal and pstn decide announcements and the selective switches; the others have rules of their own. */
export const callType = z.enum(['internal', 'pstn', 'emergency', 'fax', 'voicemail-retrieval', 'whisper'])

/** How a platform names a subscriber when it does not know our user id (the identity made when recording is switched on). */
const platformIdentity = z.looseObject({ serviceProvider: name, externalGroup: name, externalIdentifier: name })

export const participant = z.looseObject({
  participantId,
  role: z.enum(['originating', 'terminating']),
  number: z.string().max(128).optional(),
  numberPresentation: z.enum(['allowed', 'restricted', 'unavailable']).optional(),
  displayName: z.string().max(256).optional(),
  userId: userId.optional(),
  platform: platformIdentity.optional(),
  ownerType: z.enum(['user', 'workspace', 'virtual-line']).optional(),
  deviceId: name.optional(),
})

/** The audio one participant sends. L16 is big-endian on the wire (RFC 3551 §4.5.11); PCMU and PCMA are G.711. */
export const stream = z.looseObject({
  streamId,
  /** Who is heard on it. */
  participantIds: z.array(participantId).min(1).max(64),
  codec,
  sampleRateHz: z.int().min(8_000).max(48_000),
})

const callStarted = z.looseObject({
  orgId,
  callId,
  correlationId: name.optional(),
  relatedCall: z.looseObject({ callId, reason: name }).optional(),
  direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
  callType: callType.optional(),
  location: name.optional(),
  utcOffsetMinutes: z.int().min(-1_080).max(1_080).optional(),
  dialledDigits: z.string().max(128).optional(),
  redirections: z
    .array(z.looseObject({ by: name.optional(), from: name, to: name, reason: name }))
    .max(32)
    .default([]),
  participants: z.array(participant).min(1).max(64),
  /** What the publisher can do; by default nothing, so that nothing is waited for that never comes. */
  capabilities: z
    .looseObject({ prompts: z.enum(['obeys', 'none']), gate: z.boolean(), indicator: z.boolean() })
    .default({ prompts: 'none', gate: false, indicator: false }),
})

/** The CloudEvents `time` of this event is the call's time zero; the event must carry it. */
const callAnswered = z.looseObject({
  by: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('participant'), participantId }),
    /** `participantId` is the mailbox's own end of the call: the greeting is heard on its stream. */
    z.looseObject({ kind: z.literal('voicemail'), participantId, userId: userId.optional() }),
  ]),
  streams: z.array(stream).max(64),
})

const participantJoined = z.looseObject({ atMs: atMs.optional(), participant, streams: z.array(stream).max(64).default([]), reason: name.optional() })
const participantLeft = z.looseObject({ atMs: atMs.optional(), participantId, reason: name.optional() })
const streamAdded = z.looseObject({ atMs: atMs.optional(), stream })
/** From `atMs` on the stream is as described here (a renegotiation); sample offsets count in the new rate from then on. */
const streamChanged = z.looseObject({ atMs: atMs.optional(), stream })
const callHeld = z.looseObject({ atMs: atMs.optional(), participantId })
const callRetrieved = z.looseObject({ atMs: atMs.optional(), participantId })
/** `finalSamples`: per stream the offset after its last sample, so that a recording is sealed at once when all has come. */
const callEnded = z.looseObject({
  atMs: atMs.optional(),
  reason: name.optional(),
  finalSamples: z
    .array(z.looseObject({ streamId, sampleOffset: z.int().min(0).max(MAX_SAMPLE_OFFSET) }))
    .max(64)
    .default([]),
})

// A refinement is invisible to JSON Schema: `meta` says the same there, as far as it can, with that language's words.
// oxlint-disable unicorn/no-thenable
const promptFinished = z
  .looseObject({
    promptId: name,
    outcome: z.enum(['played', 'expired', 'failed']),
    /** When it was heard, in call time; both are needed when `outcome` is `played`. */
    fromMs: atMs.optional(),
    toMs: atMs.optional(),
    atMs: atMs.optional(),
  })
  .refine((p) => p.outcome !== 'played' || (p.fromMs !== undefined && p.toMs !== undefined && p.toMs >= p.fromMs), {
    message: 'a played prompt needs fromMs and toMs, toMs not before fromMs',
    path: ['toMs'],
  })
  .meta({ if: { properties: { outcome: { const: 'played' } } }, then: { required: ['fromMs', 'toMs'] } })
// oxlint-enable unicorn/no-thenable
/** `sequence` repeats the gate command's: an answer to an older command changes nothing. */
const gateClosed = z.looseObject({ atMs: atMs.optional(), sequence: z.int().min(1) })
const gateOpened = z.looseObject({ atMs: atMs.optional(), sequence: z.int().min(1) })

/** Pressed by a user. With `atMs` (the platform's own call clock) it cuts on that sample; without, at the media clock of its place in the log. */
const control = z
  .looseObject({
    userId: userId.optional(),
    participantId: participantId.optional(),
    via: z.enum(['feature-code', 'softkey', 'app', 'api']),
    atMs: atMs.optional(),
  })
  .refine((c) => c.userId !== undefined || c.participantId !== undefined, { message: 'a control names its user: userId or participantId' })
  .meta({ anyOf: [{ required: ['userId'] }, { required: ['participantId'] }] })

/** Nothing of the call came after the message named here, and its clock has gone on to `atMs`. Ignored if anything did come. */
const timerDue = z.looseObject({ atMs, after: z.looseObject({ source: name, id: name }) })

/** Everything on the topic `calls` whose data is JSON, by type and version. `media` is binary: see media.ts. */
export const CALL_EVENTS = {
  'call.started': { 1: callStarted },
  'call.answered': { 1: callAnswered },
  'participant.joined': { 1: participantJoined },
  'participant.left': { 1: participantLeft },
  'stream.added': { 1: streamAdded },
  'stream.changed': { 1: streamChanged },
  'call.held': { 1: callHeld },
  'call.retrieved': { 1: callRetrieved },
  'call.ended': { 1: callEnded },
  'prompt.finished': { 1: promptFinished },
  'gate.closed': { 1: gateClosed },
  'gate.opened': { 1: gateOpened },
  'control.start': { 1: control },
  'control.stop': { 1: control },
  'control.pause': { 1: control },
  'control.resume': { 1: control },
  'timer.due': { 1: timerDue },
} as const

export type CallEventType = keyof typeof CALL_EVENTS
export type CallEventData<T extends CallEventType> = z.output<(typeof CALL_EVENTS)[T][1]>
export type Participant = z.output<typeof participant>
export type StreamDescription = z.output<typeof stream>
