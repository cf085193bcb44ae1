import { createHash } from 'node:crypto'
import type { Catalog } from '@twinreel/catalog/open'
import type { FindingKind } from '@twinreel/retention/reconcile/finding'
import { drawsOf, keyOf } from '@twinreel/simulator/random'

/** How bytes come to lie in a store behind everybody’s back. */
export interface RawStore {
  write(key: string, bytes: Uint8Array): Promise<void>
}

export interface Planted {
  /** What must be found: the kind by key. */
  expected: ReadonlyMap<string, FindingKind>
  objects: number
}

const ROWS_PER_INSERT = 200
const AT_ONCE = 32
const START_MS = Date.UTC(2026, 0, 15)

/** Recordings of two small segments each, whole, every twentieth of them purged; then `faults` orphans, ghosts and flips, with some leftovers and foreign keys among them. */
export async function plant(
  catalog: Catalog,
  store: RawStore,
  { recordings, faults, seed }: { recordings: number; faults: number; seed: number },
): Promise<Planted> {
  const random = drawsOf(keyOf('planted', seed))
  const objects = new Map<string, Uint8Array>()
  const expected = new Map<string, FindingKind>()
  const whole: string[] = []
  const purged: string[] = []
  for (let at = 0; at < recordings; at += ROWS_PER_INSERT) {
    const batch = Array.from({ length: Math.min(ROWS_PER_INSERT, recordings - at) }, (_, i) => recordingOf(at + i, random.whole(1, 40)))
    await catalog.db
      .insertInto('recordings')
      .values(batch.map(({ row }) => row))
      .execute()
    await catalog.db
      .insertInto('segments')
      .values(batch.flatMap(({ segments }) => segments))
      .execute()
    for (const { prefix, row, files } of batch) {
      if (row.purged_at_ms !== null) purged.push(prefix)
      else for (const [key, bytes] of files) objects.set(key, bytes)
    }
  }
  whole.push(...objects.keys())
  const taken = new Set<string>()
  const fresh = (): string => {
    for (;;) {
      const key = random.pick(whole)
      if (!taken.has(key)) return taken.add(key) && key
    }
  }
  for (let n = 0; n < faults; n++) {
    switch (random.whole(0, 2)) {
      case 0: {
        const [key, kind] = orphan(n, { purged: random.pick(purged), whole: random.pick(whole), which: random.whole(0, 9) })
        objects.set(key, new TextEncoder().encode(`orphan ${n}`))
        expected.set(key, kind)
        break
      }
      case 1: {
        const key = fresh()
        objects.delete(key)
        expected.set(key, 'ghost')
        break
      }
      case 2: {
        const key = fresh()
        const bytes = Uint8Array.from(objects.get(key) ?? [])
        const at = random.whole(0, bytes.length - 1)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.whole(0, 7))
        objects.set(key, bytes)
        expected.set(key, 'flip')
        break
      }
    }
  }
  const keys = [...objects]
  for (let at = 0; at < keys.length; at += AT_ONCE) await Promise.all(keys.slice(at, at + AT_ONCE).map(([key, bytes]) => store.write(key, bytes)))
  return { expected, objects: keys.length }
}

/** An object that no row names: mostly of a recording that is not known, else beside one that is, of one that was purged, or of no shape of ours. */
function orphan(n: number, { purged, whole, which }: { purged: string; whole: string; which: number }): [string, FindingKind] {
  const beside = whole.slice(0, whole.lastIndexOf('/') + 1)
  switch (which) {
    case 0:
      return [`${purged}${String(n).padStart(5, '0')}.wav`, 'leftover']
    case 1:
      return [`${beside}00000-${n.toString(16).padStart(16, '0')}.wav`, 'leftover']
    case 2:
      return [`${beside}${String(100 + n).padStart(5, '0')}.wav`, 'orphan']
    case 3:
      return [`${beside}notes-${n}.txt`, 'foreign']
    default:
      return [`recordings/acme/user-${n % 50}/stranger-${n}/${n % 3 === 0 ? 'manifest.json' : '00000.wav'}`, 'orphan']
  }
}

function recordingOf(n: number, sizeBytes: number) {
  // Ids whose order by parts is not their order by keys.
  const [orgId, ownerId, recordingId] = [n % 3 === 0 ? 'acme-b' : 'acme', `user-${n % 50}`, `rec-${n}${n % 2 === 0 ? '' : '-x'}`]
  const prefix = `recordings/${orgId}/${ownerId}/${recordingId}/`
  const files = ['00000.wav', '00001.wav', 'manifest.json'].map((name): [string, Uint8Array] => [
    `${prefix}${name}`,
    new TextEncoder().encode(`${recordingId}/${name}`.padEnd(sizeBytes, '.')),
  ])
  const purgedAtMs = n % 20 === 7 ? START_MS + 1 : null
  const [, , manifest] = files
  const row = {
    recording_id: recordingId,
    call_id: `call-${n}`,
    org_id: orgId,
    owner_id: ownerId,
    ordinal: 1,
    mode: 'always' as const,
    settings: '{}',
    status: purgedAtMs === null ? ('completed' as const) : ('purged' as const),
    provisional: 0,
    started_at_ms: START_MS,
    ended_at_ms: START_MS,
    ended_log_ms: START_MS,
    captured_ms: 2_000,
    paused_ms: 0,
    held_ms: 0,
    lost_ms: 0,
    segment_count: 2,
    tones: 0,
    prompts: 0,
    size_bytes: 0,
    manifest_key: manifest?.[0] ?? null,
    manifest_sha256: manifest === undefined ? null : sha256(manifest[1]),
    end_reason: 'call-ended',
    claimed_at_ms: purgedAtMs,
    claim_reason: null,
    claim_cause: null,
    purge_failures: null,
    retry_at_ms: null,
    purged_at_ms: purgedAtMs,
    next_look_ms: null,
    looks: 0,
    last_mark: 0,
    from_manifest: 0,
  }
  const segments = files.slice(0, 2).map(([key, bytes], index) => ({
    recording_id: recordingId,
    segment_index: index,
    key,
    sha256: sha256(bytes),
    size_bytes: bytes.length,
    from_ms: index * 1_000,
    to_ms: index * 1_000 + 1_000,
    detail: '{}',
  }))
  return { prefix, row, segments, files }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
