import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manifest, unsignedManifest, type ManifestFacts, type SealedSegment } from './manifest.ts'
import { chainLink, chainOf, chainStart } from './manifest-chain.ts'
import { readManifestDocument } from './manifest-document.ts'
import { isSameManifest, signatureLines, splitManifest, type ManifestKeys, type ManifestSigner } from './manifest-signature.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function newKey(keyId: string): { signer: ManifestSigner; keys: ManifestKeys } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    signer: { keyId, sign: (bytes) => sign(null, bytes, privateKey).toString('base64') },
    keys: {
      check({ signedBytes, signature }) {
        if (signature.keyId !== keyId) return 'unknown-key'
        return verify(null, signedBytes, publicKey, Buffer.from(signature.value, 'base64')) ? 'genuine' : 'forged'
      },
    },
  }
}

const segment = (index: number): SealedSegment => ({
  index,
  key: `recordings/acme/ann/r1/0000${index}.wav`,
  sha256: sha256(`audio ${index}`),
  sizeBytes: 100 + index,
  fromMs: index * 1_000,
  toMs: index * 1_000 + 1_000,
  detail: { format: { codec: 'PCMU', sampleRateHz: 8_000 }, losses: [], held: [], paused: [], marks: [] },
})

const facts: ManifestFacts = {
  recordingId: 'r1',
  callId: 'c1',
  orgId: 'acme',
  ownerId: 'ann',
  ordinal: 1,
  mode: 'always',
  settings: DEFAULT_SETTINGS,
  startedAtMs: Date.UTC(2026, 0, 15),
  endedAtMs: Date.UTC(2026, 0, 15) + 3_000,
  endReason: 'call-ended',
  call: { callType: 'pstn', correlationId: null, timeZeroMs: Date.UTC(2026, 0, 15), participants: [] },
  totals: { capturedMs: 3_000, pausedMs: 0, heldMs: 0, lostMs: 0, segments: 3, tones: 0, prompts: 0 },
  tail: { paused: [], marks: [] },
  segments: [segment(0), segment(1), segment(2)],
}
const eventful: ManifestFacts = {
  ...facts,
  tail: { paused: [[3_000, 4_000]], marks: [{ number: 1, atMs: 4_000, what: { kind: 'ended', reason: 'call-ended' } }] },
}
const { signer, keys } = newKey('0123456789abcdef')
const bytes = manifest(facts, { sha256, signer })

test('a manifest is JSON, the same each time, and ends with the signature of everything before its last two lines', () => {
  expect(manifest(facts, { sha256, signer })).toEqual(bytes)
  const text = new TextDecoder().decode(bytes)
  const { signature, ...rest } = JSON.parse(text) as Record<string, unknown>
  expect(signature).toEqual({ algorithm: 'Ed25519', keyId: '0123456789abcdef', value: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/) })
  const signed = splitManifest(bytes)
  expect(new TextDecoder().decode(signed?.signedBytes)).toBe(`${text.split('\n').slice(0, -3).join('\n')}\n`)
  expect(new TextDecoder().decode(signed?.signedBytes)).toBe(unsignedManifest(facts, sha256))
  expect(signed?.signature).toEqual(signature)
  expect(signed === null ? null : keys.check(signed)).toBe('genuine')
  expect(readManifestDocument(bytes)).toMatchObject({ document: rest })
})

test('every bit of it counts: turned, the signature is not there, of an unknown key, or forged', () => {
  const tailFrom = bytes.length - 180
  for (let bit = 0; bit < bytes.length * 8; bit += bit >> 3 < tailFrom ? 11 : 1) {
    const turned = Uint8Array.from(bytes)
    turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const signed = splitManifest(turned)
    expect(signed === null ? 'unsigned' : keys.check(signed), `bit ${bit}`).not.toBe('genuine')
  }
  for (const length of [0, 1, 100, bytes.length - 1]) expect(splitManifest(bytes.subarray(0, length))).toBeNull()
})

test('whatever is signed comes back as it was, down to a single byte, but not from a signature of nothing', () => {
  const signature = { algorithm: 'Ed25519', keyId: '0123456789abcdef', value: signer.sign(new Uint8Array()) } as const
  const tail = new TextEncoder().encode(signatureLines(signature))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (signedBytes) => {
      expect(splitManifest(Uint8Array.from([...signedBytes, ...tail]))).toEqual({ signedBytes, signature })
    }),
    { examples: [[Uint8Array.of(7)]] },
  )
  expect(splitManifest(tail)).toBeNull()
})

test('each link hangs on the one before it and on everything said of its segment, the first on the recording', () => {
  const { links, head } = chainOf(facts, facts.segments, sha256)
  const start = sha256('twinreel recording\nr1\nc1\nacme\nann\n1\n')
  expect(chainStart(facts, sha256)).toBe(start)
  const one = segment(0)
  expect(links[0]).toBe(sha256(`${start}\n0\n${one.key}\n${one.sha256}\n100\n0\n1000\n`))
  expect(head).toBe(links[2])
  expect(chainOf(facts, [], sha256).head).toBe(start)
  for (const change of [{ index: 5 }, { key: 'k' }, { sha256: 's' }, { sizeBytes: 1 }, { fromMs: 1 }, { toMs: 1 }])
    expect(chainLink(start, { ...one, ...change }, sha256)).not.toBe(links[0])
  for (const change of [{ recordingId: 'x' }, { callId: 'x' }, { orgId: 'x' }, { ownerId: 'x' }, { ordinal: 2 }])
    expect(chainStart({ ...facts, ...change }, sha256)).not.toBe(start)
})

test('a manifest of another trusted key is the same one, of an untrusted key or with other words it is not', () => {
  const other = newKey('fedcba9876543210')
  const signedByOther = manifest(facts, { sha256, signer: other.signer })
  expect(isSameManifest(bytes, signedByOther, keys)).toBe(true)
  expect(isSameManifest(bytes, signedByOther, other.keys)).toBe(false)
  expect(isSameManifest(manifest({ ...facts, endReason: 'call-faded' }, { sha256, signer }), signedByOther, keys)).toBe(false)
  expect(isSameManifest(new TextEncoder().encode('{}\n'), bytes, keys)).toBe(false)
  expect(isSameManifest(bytes, new TextEncoder().encode('{}\n'), keys)).toBe(false)
})

test('a manifest that says only the beginning of what ours says is another one, though it is signed', () => {
  const { signedBytes } = splitManifest(bytes) ?? { signedBytes: bytes }
  const beginning = signedBytes.subarray(0, 500)
  const lines = signatureLines({ algorithm: 'Ed25519', keyId: signer.keyId, value: signer.sign(beginning) })
  expect(isSameManifest(Uint8Array.from([...beginning, ...new TextEncoder().encode(lines)]), bytes, keys)).toBe(false)
})

test('what is no manifest says where it is none', () => {
  expect(readManifestDocument(new TextEncoder().encode('{'))).toEqual({ problem: 'is no JSON document' })
  expect(readManifestDocument(new TextEncoder().encode('[]'))).toEqual({ problem: 'has not the shape of a manifest: all of it' })
})

test.each<readonly [string, unknown]>([
  ...['manifestVersion', 'ordinal', 'call.timeZeroMs', 'events.0.number'].map((at) => [at, 1.5] as const),
  ...['index', 'sizeBytes', 'fromMs', 'toMs'].map((field) => [`segments.2.${field}`, 1.5] as const),
  ...['recordingId', 'callId', 'orgId', 'ownerId', 'call.timeZero', 'chainHead'].map((at) => [at, 7] as const),
  ...['key', 'sha256', 'chain'].map((field) => [`segments.2.${field}`, 7] as const),
  ...['paused', 'events', 'segments', 'call'].map((at) => [at, 'none'] as const),
  ['paused.0.1', '1'],
  ['paused.0', [1]],
])('a manifest whose %s is %j is none, and it says where', (at, value) => {
  const document = JSON.parse(new TextDecoder().decode(manifest(eventful, { sha256, signer }))) as Record<string, unknown>
  const path = at.split('.')
  const holder = path.slice(0, -1).reduce<Record<string, unknown>>((inner, name) => inner[name] as Record<string, unknown>, document)
  holder[path.at(-1) ?? ''] = value
  expect(readManifestDocument(new TextEncoder().encode(JSON.stringify(document)))).toEqual({ problem: expect.stringContaining(`shape of a manifest: ${at}`) })
})

test('a manifest says nothing of a segment that is not known of', () => {
  const text = new TextDecoder().decode(bytes).replace('"index": 2', '"index": 2, "note": ""')
  expect(readManifestDocument(new TextEncoder().encode(text))).toEqual({ problem: 'has not the shape of a manifest: segments.2' })
})

test('bytes that are no text are no manifest', () => {
  expect(readManifestDocument(Uint8Array.from([0x22, 0xff, 0x22]))).toEqual({ problem: 'is no JSON document' })
})
