import { createHash, generateKeyPairSync, sign, verify as verifySignature } from 'node:crypto'
import { manifestKey, segmentKey } from '@twinreel/recording/keys'
import { manifest, type SealedSegment } from '@twinreel/recording/manifest'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import { expect, onTestFinished, test } from 'vitest'
import { memoryBucket } from '../contract/bucket.ts'
import { START_MS } from '../contract/setup.ts'
import { openCatalog } from '../open.ts'
import type { JournalVerifier } from './object.ts'
import { restoreUnjournaled } from './restore-manifests.ts'

const KEY_ID = '0123456789abcdef'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519').privateKey
const VERIFY: JournalVerifier = ({ keyId, bytes, value }) =>
  keyId !== KEY_ID ? 'unknown-key' : verifySignature(null, bytes, publicKey, Buffer.from(value, 'base64')) ? 'valid' : 'invalid'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const path = (recordingId: string) => ({ orgId: 'acme', ownerId: 'ann', recordingId })

function signedManifest(recordingId: string, { by = privateKey, keyId = KEY_ID, names = recordingId } = {}): Uint8Array {
  const segment: SealedSegment = {
    index: 0,
    key: segmentKey(path(names), 0),
    sha256: sha256('audio'),
    sizeBytes: 100,
    fromMs: 0,
    toMs: 1_000,
    detail: { format: { codec: 'PCMU', sampleRateHz: 8_000 }, losses: [], held: [], paused: [], marks: [] },
  }
  return manifest(
    {
      ...path(recordingId),
      callId: `call of ${recordingId}`,
      ordinal: 1,
      mode: 'always',
      settings: DEFAULT_SETTINGS,
      startedAtMs: START_MS,
      endedAtMs: START_MS + 1_000,
      endReason: 'call-ended',
      call: { callType: 'pstn', correlationId: null, timeZeroMs: START_MS, participants: [] },
      totals: { capturedMs: 1_000, pausedMs: 0, heldMs: 0, lostMs: 0, segments: 1, tones: 0, prompts: 0 },
      tail: { paused: [], marks: [] },
      segments: [segment],
    },
    { sha256, signer: { keyId, sign: (bytes) => sign(null, bytes, by).toString('base64') } },
  )
}

test('a recording that only its manifest tells of is restored when a known key has signed it and it names its own objects', async () => {
  const catalog = await openCatalog({ path: ':memory:', clock: () => START_MS })
  onTestFinished(() => catalog.close())
  const bucket = memoryBucket()
  const bodies = {
    genuine: signedManifest('genuine'),
    forged: signedManifest('forged', { by: stranger }),
    greedy: signedManifest('greedy', { names: 'genuine' }),
    unknown: signedManifest('unknown', { by: stranger, keyId: 'fedcba9876543210' }),
    unsigned: new TextEncoder().encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(signedManifest('unsigned'))), signature: undefined })),
  }
  for (const [recordingId, body] of Object.entries(bodies)) bucket.objects.set(manifestKey(path(recordingId)), body)
  const { fromManifests, problems } = await restoreUnjournaled(catalog, bucket, VERIFY)
  expect(fromManifests).toBe(1)
  expect(await catalog.db.selectFrom('recordings').select('recording_id').execute()).toEqual([{ recording_id: 'genuine' }])
  expect(Object.fromEntries(problems.map(({ recordingId, problem }) => [recordingId, problem]))).toEqual({
    forged: expect.stringContaining('signed by somebody else'),
    greedy: expect.stringContaining('which is not the recording’s'),
    unknown: expect.stringContaining('fedcba9876543210, which is not known here'),
    unsigned: expect.stringContaining('is not signed'),
  })
})
