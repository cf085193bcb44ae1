import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { segmentRows } from '@twinreel/catalog/recorder'
import type { RecordingRow, SegmentRow } from '@twinreel/catalog/tables'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { chainOf } from '@twinreel/recording/manifest-chain'
import { newSigningKeyPem, signingKey } from '@twinreel/service/signing-key'
import { trustedKeys } from '@twinreel/service/trusted-keys'
import { drawsOf, keyOf, type Draws } from '@twinreel/simulator/random'
import { beforeAll, expect, test } from 'vitest'
import { presentKeyOfDirectory } from '../keys/key-of-directory.ts'
import { recordCalls } from '../testing/recorded-calls.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { checkRecording } from './check-recording.ts'
import type { Problem } from './problem.ts'

const dataDir = join(scratchDirectory(), 'whole')
const keyOfObject = (key: string): string => join(dataDir, 'objects', key)
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

interface Whole {
  row: RecordingRow
  segments: SegmentRow[]
}
let catalog: Catalog
let store: ObjectStore
let all: Whole[]
let keys: ReturnType<typeof trustedKeys>
let publicPem: string

beforeAll(async () => {
  await recordCalls(dataDir, { seed: 3, calls: 8 })
  catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
  store = await openDirectoryStore({ root: join(dataDir, 'objects') })
  const key = presentKeyOfDirectory(dataDir)
  if (key === null) throw new Error('serve has made no key')
  keys = trustedKeys([key.publicKey])
  publicPem = key.publicKey.pem
  const rows = await catalog.db.selectFrom('recordings').selectAll().where('status', '=', 'completed').orderBy('recording_id').execute()
  all = await Promise.all(rows.map(async (row) => ({ row, segments: await segmentRows(catalog, row.recording_id) })))
  return async () => {
    await catalog.close()
    await store.close()
  }
})

interface Tampered {
  name: string
  row: RecordingRow
  segments: SegmentRow[]
  /** Of one of the problems. */
  expected: Partial<Problem>
}

/** Changes files, and what is to be undone; answers the rows as a tamperer leaves them. */
type Tampering = (victim: Whole, other: Whole, draws: Draws, change: (key: string, bytes: Uint8Array | null) => void) => Tampered

const manifestOf = ({ row }: Whole): string => row.manifest_key ?? ''
const bytesOf = (key: string): Buffer => readFileSync(keyOfObject(key))
const pickSegment = ({ segments }: Whole, draws: Draws): SegmentRow => draws.pick(segments)

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ (1 << bit)
  return copy
}

/** The manifest with other words, as somebody writes it who has not the key: the signature line stays. */
function reworded(victim: Whole, change: (document: { segments: { sha256: string; chain: string }[]; chainHead: string }) => void): Buffer {
  const text = bytesOf(manifestOf(victim)).toString()
  const { signature: _, ...document } = JSON.parse(text) as Record<string, unknown>
  change(document as never)
  return Buffer.from(`${JSON.stringify(document, null, 2).slice(0, -2)},\n${text.split('\n').slice(-3).join('\n')}`)
}

const TAMPERINGS: readonly Tampering[] = [
  (victim, _, draws, change) => {
    const { key, segment_index: index } = pickSegment(victim, draws)
    const bytes = bytesOf(key)
    const at = draws.whole(0, bytes.length - 1)
    change(key, flipped(bytes, at, draws.whole(0, 7)))
    return { name: 'a bit of a segment', ...victim, expected: { piece: 'segment', index, key, kind: at < 58 ? 'header' : 'audio' } }
  },
  (victim, _, draws, change) => {
    const { key, segment_index: index } = pickSegment(victim, draws)
    change(key, bytesOf(key).subarray(0, draws.whole(0, bytesOf(key).length - 1)))
    return { name: 'a segment cut short', ...victim, expected: { piece: 'segment', index, key, kind: 'size' } }
  },
  (victim, _, draws, change) => {
    const { key, segment_index: index } = pickSegment(victim, draws)
    change(key, null)
    return { name: 'a segment removed', ...victim, expected: { piece: 'segment', index, key, kind: 'missing' } }
  },
  (victim, _, __, change) => {
    const [first, second] = victim.segments
    if (first === undefined || second === undefined) throw new Error('two segments')
    const [one, two] = [bytesOf(first.key), bytesOf(second.key)]
    change(first.key, two)
    change(second.key, one)
    return { name: 'two segments swapped', ...victim, expected: { piece: 'segment', index: second.segment_index, kind: 'swapped' } }
  },
  (victim, other, draws, change) => {
    const { key, segment_index: index } = pickSegment(victim, draws)
    change(key, bytesOf(other.segments[0]?.key ?? ''))
    return { name: 'another recording’s segment', ...victim, expected: { piece: 'segment', index, key } }
  },
  (victim, _, draws, change) => {
    const bytes = bytesOf(manifestOf(victim))
    change(manifestOf(victim), flipped(bytes, draws.whole(0, bytes.length - 1), draws.whole(0, 7)))
    return { name: 'a bit of the manifest', ...victim, expected: { piece: 'manifest', kind: 'bytes' } }
  },
  (victim, _, draws, change) => {
    const bytes = bytesOf(manifestOf(victim))
    const cut = bytes.subarray(0, draws.whole(0, bytes.length - 1))
    change(manifestOf(victim), cut)
    return {
      name: 'the manifest cut short, its hash adjusted',
      ...victim,
      row: { ...victim.row, manifest_sha256: sha256(cut) },
      expected: { kind: 'unsigned' },
    }
  },
  (victim, other, _, change) => {
    const bytes = bytesOf(manifestOf(other))
    change(manifestOf(victim), bytes)
    const row = { ...victim.row, manifest_sha256: sha256(bytes) }
    return { name: 'another recording’s manifest', ...victim, row, expected: { piece: 'manifest', kind: 'other-recording' } }
  },
  (victim, _, __, change) => {
    const text = bytesOf(manifestOf(victim)).toString()
    const stranger = signingKey(newSigningKeyPem())
    const signed = text
      .split('\n')
      .slice(0, -3)
      .map((line) => `${line}\n`)
      .join('')
    const bytes = Buffer.from(
      `${signed}  "signature": { "algorithm": "Ed25519", "keyId": "${stranger.keyId}", "value": "${stranger.sign(Buffer.from(signed))}" }\n}\n`,
    )
    change(manifestOf(victim), bytes)
    return { name: 'an unknown key', ...victim, row: { ...victim.row, manifest_sha256: sha256(bytes) }, expected: { piece: 'manifest', kind: 'unknown-key' } }
  },
  (victim, _, draws, change) => {
    const segment = pickSegment(victim, draws)
    const audio = flipped(bytesOf(segment.key), 2_000, 0)
    const bytes = reworded(victim, (document) => void ((document.segments[segment.segment_index] ?? { sha256: '' }).sha256 = sha256(audio)))
    change(segment.key, audio)
    change(manifestOf(victim), bytes)
    const segments = victim.segments.map((row) => (row === segment ? { ...row, sha256: sha256(audio) } : row))
    const row = { ...victim.row, manifest_sha256: sha256(bytes) }
    return { name: 'object, manifest and rows alike, the chain forgotten', row, segments, expected: { kind: 'chain', index: segment.segment_index } }
  },
  (victim, _, draws, change) => {
    const segment = pickSegment(victim, draws)
    const audio = flipped(bytesOf(segment.key), 2_000, 0)
    const segments = victim.segments.map((row) => (row === segment ? { ...row, sha256: sha256(audio) } : row))
    const { recording_id: recordingId, call_id: callId, org_id: orgId, owner_id: ownerId, ordinal } = victim.row
    const said = segments.map((row) => ({
      index: row.segment_index,
      key: row.key,
      sha256: row.sha256,
      sizeBytes: row.size_bytes,
      fromMs: row.from_ms,
      toMs: row.to_ms,
    }))
    const { links, head } = chainOf({ recordingId, callId, orgId, ownerId, ordinal }, said, sha256)
    const bytes = reworded(victim, (document) => {
      document.segments = said.map((one, index) => ({ ...one, chain: links[index] ?? '' }))
      document.chainHead = head
    })
    change(segment.key, audio)
    change(manifestOf(victim), bytes)
    return {
      name: 'everything alike but the signature',
      row: { ...victim.row, manifest_sha256: sha256(bytes) },
      segments,
      expected: { piece: 'manifest', kind: 'forged' },
    }
  },
  (victim, _, __, change) => {
    const last = victim.segments.at(-1)
    const bytes = reworded(victim, (document) => void document.segments.pop())
    change(last?.key ?? '', null)
    change(manifestOf(victim), bytes)
    return { name: 'the last segment and its entry', ...victim, expected: { piece: 'manifest', kind: 'differs', index: last?.segment_index ?? null } }
  },
  (victim, _, __, change) => {
    for (const { key } of victim.segments) change(key, null)
    change(manifestOf(victim), null)
    return { name: 'everything removed', ...victim, expected: { piece: 'manifest', kind: 'missing' } }
  },
]

test('what nobody touched is as it was written', async () => {
  for (const { row, segments } of all) expect(await checkRecording(store, keys, row, segments)).toEqual([])
})

test('every tampering is found, and where; what was put back is as it was written', async () => {
  const several = all.filter(({ segments }) => segments.length >= 3)
  for (let seed = 0; seed < 130; seed++) {
    const draws = drawsOf(keyOf('tampering', seed))
    const tampering = TAMPERINGS[seed % TAMPERINGS.length]
    const victim = draws.pick(several)
    const other = draws.pick(all.filter((one) => one !== victim))
    const before = new Map<string, Buffer>()
    const tampered = tampering?.(victim, other, draws, (key, bytes) => {
      before.set(key, bytesOf(key))
      if (bytes === null) rmSync(keyOfObject(key))
      else writeFileSync(keyOfObject(key), bytes)
    })
    if (tampered === undefined) throw new Error('a tampering')
    const problems = await checkRecording(store, keys, tampered.row, tampered.segments)
    expect(problems, `seed ${seed}: ${tampered.name}`).toContainEqual(expect.objectContaining(tampered.expected))
    for (const [key, bytes] of before) writeFileSync(keyOfObject(key), bytes)
    expect(await checkRecording(store, keys, victim.row, victim.segments)).toEqual([])
  }
}, 120_000)

test('docs/tamper-evidence.md checks a manifest with OpenSSL alone', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/tamper-evidence.md'), 'utf8')
  const [, commands = ''] = /```sh\n(head [\s\S]*?)```/.exec(page) ?? []
  const directory = mkdtempSync(join(tmpdir(), 'twinreel-openssl-'))
  const [whole] = all
  const run = (): string => execFileSync('sh', ['-ec', commands], { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    const manifest = whole === undefined ? Buffer.alloc(0) : bytesOf(manifestOf(whole))
    writeFileSync(join(directory, 'signing-key.pub.pem'), publicPem)
    writeFileSync(join(directory, 'manifest.json'), manifest)
    expect(run()).toBe(`Signature Verified Successfully\n${keys.keyIds[0]}\n`)
    writeFileSync(join(directory, 'manifest.json'), flipped(manifest, 100, 0))
    expect(run).toThrow('Command failed')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
