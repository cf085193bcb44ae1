import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, type Canonical } from './canonical-json.ts'
import { certificateDocument, certificateSchema, RULES, type DeletionFacts } from './certificate.ts'
import { checkCertificate, type ChainHead, type KeptCertificate } from './certificate-check.ts'
import { GO_RETENTION_MS } from './retention.ts'

const keys = generateKeyPairSync('ed25519')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const given = (previous: ChainHead | null) => ({
  previous,
  sha256,
  verify: ({ text, value }: { text: string; value: string }) =>
    verify(null, Buffer.from(text), keys.publicKey, Buffer.from(value, 'base64')) ? ('valid' as const) : ('invalid' as const),
})

const HOUR_MS = 3_600_000
const timeMs = fc.integer({ min: 0, max: 4_000_000_000_000 })
const id = fc.stringMatching(/^[a-z0-9-]{1,20}$/)
const facts: fc.Arbitrary<DeletionFacts> = fc
  .record({
    recordingId: id,
    ownerId: id,
    endedAtMs: timeMs,
    otherMs: timeMs,
    waitMs: fc.nat(),
    code: fc.constantFrom('go-tier-expired', 'not-kept', 'deletion-requested'),
    actor: fc.string(),
    segments: fc.nat(5),
  }) // prettier-ignore
  .map(({ recordingId, ownerId, endedAtMs, otherMs, waitMs, code, actor, segments }) => {
    const laterMs = Math.max(endedAtMs, otherMs)
    const dueAtMs = code === 'not-kept' ? endedAtMs : code === 'go-tier-expired' ? laterMs + GO_RETENTION_MS : laterMs
    return {
      recordingId,
      callId: `call of ${recordingId}`,
      orgId: 'acme',
      ownerId,
      objects: Array.from({ length: segments }, (_, i) => ({
        key: `recordings/acme/${ownerId}/${recordingId}/0000${i}.wav`,
        sha256: sha256(String(i)),
        sizeBytes: i,
      })),
      endedAtMs,
      dueAtMs,
      claimedAtMs: dueAtMs + waitMs,
      goneAtMs: dueAtMs + waitMs + 100,
      reason: code,
      tier: { sequence: 3, tier: 'go', fromMs: otherMs, changeId: null, actor, reason: 'plan' },
      request: { deletionId: 'd-1', kind: 'erasure' as const, subject: 'user' as const, requestedAtMs: 0, dueAtMs: otherMs, actor, reason: 'letter' },
      worker: { role: 'serve', keyId: 'k' },
      found: segments,
      foundBesides: 1,
      checkpoint: 'none' as const,
      mediaKey: 'none' as const,
      logRetentionMs: 72 * HOUR_MS,
    }
  })

function kept(fact: DeletionFacts, previous: ChainHead | null, document?: string): KeptCertificate {
  const place = { sequence: (previous?.sequence ?? 0) + 1, previousSha256: previous?.sha256 ?? null }
  const text = document ?? certificateDocument(fact, place)
  const signature = sign(null, Buffer.from(text), keys.privateKey).toString('base64')
  const columns = { sequence: place.sequence, recordingId: fact.recordingId, orgId: fact.orgId, madeAtMs: fact.goneAtMs, keyId: 'k' }
  return { ...columns, document: text, sha256: sha256(text), signature }
}

const PREVIOUS = { sequence: 8, sha256: sha256('8') }

describe('a certificate of deletion', () => {
  test('that was made holds, whatever it is of', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom(null, PREVIOUS), (fact, previous) => {
        const made = kept(fact, previous)
        expect(checkCertificate(made, given(previous)).offences).toEqual([])
        // Its own bytes again, wherever they are read.
        expect(canonicalJson(certificateSchema.parse(JSON.parse(made.document)))).toBe(made.document)
      }),
    )
  })

  test('of which one byte is another does not hold', () => {
    fc.assert(
      fc.property(facts, fc.nat(), fc.integer({ min: 32, max: 126 }), (fact, at, code) => {
        const made = kept(fact, PREVIOUS)
        const place = at % made.document.length
        const document = made.document.slice(0, place) + String.fromCharCode(code) + made.document.slice(place + 1)
        fc.pre(document !== made.document)
        expect(checkCertificate({ ...made, document }, given(PREVIOUS)).offences.length).toBeGreaterThanOrEqual(2)
      }),
    )
  })

  test.each([
    ['before it was due', { claimedAtMs: 0 }, 'before it was due'],
    ['by a tier that is not Go', { tier: null }, 'does not show what it was decided by'],
    ['at another time than its rule says', { dueAtMs: 5 * HOUR_MS }, 'by rule go-tier-expired it was due at 1970-01-31T00:00:00.000Z'],
    ['by no rule', { reason: null }, 'rule unknown does not show what it was decided by'],
    ['without when', { dueAtMs: null }, 'does not say when'],
    [
      'of another place',
      { objects: [{ key: 'recordings/acme/bob/rec-2/00000.wav', sha256: 'ab', sizeBytes: 1 }] },
      'objects outside of recordings/acme/ann/rec-1/',
    ],
  ] as [string, Partial<DeletionFacts>, string][])('%s is told, though it is signed', (_, change, problem) => {
    const fact: DeletionFacts = { ...ONE, ...change }
    expect(checkCertificate(kept(fact, null), given(null)).offences.join('; ')).toContain(problem)
  })

  test.each([
    ['recording_id', { recordingId: 'rec-2' }, 'its recording_id is rec-2, its document says rec-1'],
    ['org_id', { orgId: 'umbrella' }, 'its org_id is umbrella, its document says acme'],
    ['made_at_ms', { madeAtMs: 5 }, 'its made_at_ms is 1970-01-01T00:00:00.005Z, its document says 1970-01-31T00:00:00.000Z'],
    ['made_at_ms', { madeAtMs: 1e17 }, 'its made_at_ms is 100000000000000000, its document says 1970-01-31T00:00:00.000Z'],
    ['key_id', { keyId: 'k2' }, 'its key_id is k2, its document says k'],
  ] as [string, Partial<KeptCertificate>, string][])(
    'beside which %s says something else than the document that is signed is told, and what differs',
    (_, change, problem) => {
      expect(checkCertificate({ ...kept(ONE, null), ...change }, given(null)).offences).toEqual([problem])
    },
  )

  test('of another version, or in other words, is none', () => {
    const document = certificateDocument(ONE, { sequence: 1, previousSha256: null })
    const other = (from: string, to: string) => checkCertificate(kept(ONE, null, document.replace(from, to)), given(null)).offences
    expect(other('"certificateVersion":1', '"certificateVersion":2')).toEqual(['its document is no certificate of deletion of this version'])
    expect(other(RULES['go-tier-expired'], 'Because.')).toEqual(['its rule has other words than that rule'])
    expect(other('{', '{ ')).toEqual(['its document is not canonical JSON (RFC 8785)'])
    expect(other('{', '')).toEqual(['its document is no certificate of deletion of this version'])
  })
})

const ONE: DeletionFacts = {
  recordingId: 'rec-1',
  callId: 'call-1',
  orgId: 'acme',
  ownerId: 'ann',
  objects: [],
  endedAtMs: 0,
  dueAtMs: GO_RETENTION_MS,
  claimedAtMs: GO_RETENTION_MS,
  goneAtMs: GO_RETENTION_MS,
  reason: 'go-tier-expired',
  tier: { sequence: 1, tier: 'go', fromMs: 0, changeId: null, actor: 'admin', reason: 'plan' },
  request: null,
  worker: { role: 'serve', keyId: 'k' },
  found: null,
  foundBesides: 0,
  checkpoint: 'none',
  mediaKey: 'none',
  logRetentionMs: 72 * HOUR_MS,
}

describe('canonical JSON', () => {
  test('is the same text in whatever order members were given, and means the same', () => {
    const { tree } = fc.letrec<{ tree: Canonical; leaf: Canonical }>((tie) => ({
      leaf: fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
      tree: fc.oneof({ depthSize: 'small' }, tie('leaf'), fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'))),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(value)
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
    )
  })

  test('sorts members by UTF-16 code units, as RFC 8785 §3.2.3 has it', () => {
    const members = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
    expect([...canonicalJson(members).matchAll(/:(\d)/g)].map(([, digit]) => digit).join('')).toBe('2467153')
  })

  test.each([0.5, Number.NaN, 2 ** 53])('%s has no text that every program writes', (value) => {
    expect(() => canonicalJson({ value })).toThrow(RangeError)
  })
})

function reversed(value: Canonical): Canonical {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  )
}
