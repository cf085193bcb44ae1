import { z } from 'zod'
import { recordingPrefix } from './keys.ts'

const CERTIFICATE_VERSION = 1

/** Why a recording went, as people read it. */
export const RULES = {
  'go-tier-expired': 'The owner is in the Go tier: what is recorded goes 720 hours after the recording ended or the owner became Go, whichever is later.',
  'not-kept': 'It was recorded on request, and nobody asked to keep it before the call ended: it goes at once, whatever the tier.',
  'deletion-requested': 'Somebody asked for its deletion: it goes when that says, at the earliest when the recording has ended.',
  unknown: 'The claim names no rule.',
} as const
export type RuleCode = keyof typeof RULES

const text = z.string()
const time = z.iso.datetime()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)

const tierEntry = z.strictObject({ sequence: count, tier: text, from: time, changeId: text.nullable(), actor: text, reason: text })
const request = z.strictObject({
  deletionId: text,
  kind: z.enum(['user-deletion', 'admin-deletion', 'erasure']),
  subject: z.enum(['recording', 'user']),
  requested: time,
  due: time,
  actor: text,
  reason: text,
})

export const certificateSchema = z.strictObject({
  certificateVersion: z.literal(CERTIFICATE_VERSION),
  sequence: z.int().min(1),
  /** Of the certificate before it; null for the first. */
  previousSha256: sha256.nullable(),
  recordingId: text,
  callId: text,
  orgId: text,
  ownerId: text,
  /** What the catalog knew; what lay beside them is counted in `checked`. */
  objects: z.array(z.strictObject({ key: text, sha256: text, sizeBytes: count.nullable() })),
  ended: time.nullable(),
  due: time.nullable(),
  claimed: time,
  /** When nothing of it was left in the bucket. */
  gone: time,
  rule: z.strictObject({
    code: z.enum(Object.keys(RULES) as [RuleCode, ...RuleCode[]]),
    words: text,
    /** The entry of the owner's tier history that decided it. */
    tier: tierEntry.nullable(),
    request: request.nullable(),
  }),
  worker: z.strictObject({ role: text, keyId: text }),
  checked: z.strictObject({
    bucket: z.strictObject({
      prefix: text,
      looked: z.literal('objects, hidden versions and delete markers'),
      /** Objects that the catalog knew and the store deleted. */
      deleted: count,
      /** How many of them were there when the run that certified came; fewer when one before it was broken off; null where the store does not tell. */
      found: count.nullable(),
      /** Keys of which something else was found there, and deleted, by that run. */
      foundBesides: count,
      remaining: z.literal(0),
    }),
    catalog: z.strictObject({
      /** What its segments told of the call. */
      segmentDetails: z.literal('cleared'),
      /** Of the call: `ended` marks that it is over, until nobody can read it from the log again. It holds no audio. */
      checkpoint: z.enum(['none', 'ended', 'live']),
    }),
    /** `none`: destroyed, or never made. */
    mediaKey: z.enum(['none', 'present']),
    log: z.strictObject({
      topic: z.literal('calls'),
      retentionHours: count,
      /** Until when audio of the call may stand in the log, by its stated retention. */
      until: time.nullable(),
      state: z.enum(['past', 'kept', 'unknown']),
    }),
  }),
})
export type Certificate = z.output<typeof certificateSchema>

/** What is known of a deletion when it is certified. Times are milliseconds UTC. */
export interface DeletionFacts {
  recordingId: string
  callId: string
  orgId: string
  ownerId: string
  objects: Certificate['objects']
  endedAtMs: number | null
  dueAtMs: number | null
  claimedAtMs: number
  goneAtMs: number
  reason: string | null
  tier: { sequence: number; tier: string; fromMs: number; changeId: string | null; actor: string; reason: string } | null
  request: {
    deletionId: string
    kind: z.output<typeof request>['kind']
    subject: 'recording' | 'user'
    requestedAtMs: number
    dueAtMs: number
    actor: string
    reason: string
  } | null
  worker: { role: string; keyId: string }
  found: number | null
  foundBesides: number
  checkpoint: Certificate['checked']['catalog']['checkpoint']
  mediaKey: Certificate['checked']['mediaKey']
  logRetentionMs: number
}

/** The certificate's bytes, as a text: canonical JSON (RFC 8785), which is hashed and signed. */
export function certificateDocument(facts: DeletionFacts, place: Pick<Certificate, 'sequence' | 'previousSha256'>): string {
  const { recordingId, callId, orgId, ownerId, objects, tier, request: asked } = facts
  const code = isRule(facts.reason) ? facts.reason : 'unknown'
  // Members stand in the order of their names, here and below, so that sorting them for each deletion is not needed.
  const certificate: Certificate = {
    callId,
    certificateVersion: CERTIFICATE_VERSION,
    checked: {
      bucket: {
        deleted: objects.length,
        found: facts.found,
        foundBesides: facts.foundBesides,
        looked: 'objects, hidden versions and delete markers',
        prefix: recordingPrefix(facts),
        remaining: 0,
      },
      catalog: { checkpoint: facts.checkpoint, segmentDetails: 'cleared' },
      log: logOf(facts),
      mediaKey: facts.mediaKey,
    },
    claimed: iso(facts.claimedAtMs),
    due: isoOrNull(facts.dueAtMs),
    ended: isoOrNull(facts.endedAtMs),
    gone: iso(facts.goneAtMs),
    objects: objects.map(({ key, sha256: objectSha256, sizeBytes }) => ({ key, sha256: objectSha256, sizeBytes })),
    orgId,
    ownerId,
    previousSha256: place.previousSha256,
    recordingId,
    rule: {
      code,
      request: code === 'deletion-requested' ? requestOf(asked) : null,
      tier: code === 'go-tier-expired' ? tierOf(tier) : null,
      words: RULES[code],
    },
    sequence: place.sequence,
    worker: { keyId: facts.worker.keyId, role: facts.worker.role },
  }
  return JSON.stringify(certificate)
}

function logOf({ endedAtMs, goneAtMs, logRetentionMs }: DeletionFacts): Certificate['checked']['log'] {
  const retentionHours = Math.ceil(logRetentionMs / 3_600_000)
  if (endedAtMs === null) return { retentionHours, state: 'unknown', topic: 'calls', until: null }
  const untilMs = endedAtMs + logRetentionMs
  return { retentionHours, state: untilMs <= goneAtMs ? 'past' : 'kept', topic: 'calls', until: iso(untilMs) }
}

function tierOf(tier: DeletionFacts['tier']): Certificate['rule']['tier'] {
  if (tier === null) return null
  return { actor: tier.actor, changeId: tier.changeId, from: iso(tier.fromMs), reason: tier.reason, sequence: tier.sequence, tier: tier.tier }
}

function requestOf(asked: DeletionFacts['request']): Certificate['rule']['request'] {
  if (asked === null) return null
  const { actor, deletionId, kind, reason, subject } = asked
  return { actor, deletionId, due: iso(asked.dueAtMs), kind, reason, requested: iso(asked.requestedAtMs), subject }
}

function isRule(reason: string | null): reason is RuleCode {
  return reason !== null && Object.hasOwn(RULES, reason)
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function isoOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : iso(timeMs)
}
