import type { Transaction } from 'kysely'
import { manifestKey, recordingPrefix } from '@twinreel/recording/keys'
import { readManifest, type ReadManifest } from '@twinreel/recording/manifest-facts'
import type { SealedSegment } from '@twinreel/recording/manifest'
import { splitManifest } from '@twinreel/recording/manifest-signature'
import type { Catalog } from '../open.ts'
import { inRows } from '../rows.ts'
import type { RecordingRow, Tables } from '../tables.ts'
import { transact } from '../transaction.ts'
import { valuesTable } from '../values-table.ts'
import { sha256Of, type JournalVerifier } from './object.ts'
import type { JournalBucket } from './read.ts'

/** Something of a recording that is not as the journal says; the recording is kept. */
export interface RestoreProblem {
  recordingId: string
  key: string
  problem: string
}

export interface RestoredManifests {
  problems: RestoreProblem[]
  /** Recordings that only their manifests tell of. */
  fromManifests: number
  /** Prefixes with objects that neither the journal nor a manifest tells of: of calls that were going on, if the log still has them. */
  unknown: string[]
}

const AT_ONCE = 16
const PAGE = 500
/** Named in the report, at most; all are counted by `reconcile`. */
const MOST_NAMED = 1_000
const PREFIX = 'recordings/'

/** What the segments of journaled recordings told is read from their manifests, by the hash that the journal has of each. */
export async function restoreDetails(catalog: Catalog, bucket: JournalBucket): Promise<RestoreProblem[]> {
  const problems: RestoreProblem[] = []
  let after = ''
  for (;;) {
    const rows = await catalog.db
      .selectFrom('recordings')
      .select(['recording_id', 'manifest_key', 'manifest_sha256', 'claimed_at_ms'])
      .where('purged_at_ms', 'is', null)
      .where('manifest_key', 'is not', null)
      .where('recording_id', '>', after)
      .orderBy('recording_id')
      .limit(PAGE)
      .execute()
    if (rows.length === 0) return problems
    after = rows.at(-1)?.recording_id ?? after
    const details: { recording_id: string; segment_index: number; detail: string }[] = []
    await eachOf(rows, async ({ recording_id: recordingId, manifest_key: key, manifest_sha256: sha256, claimed_at_ms: claimed }) => {
      if (key === null) return
      const bytes = await bucket.get(key)
      // Of what is being deleted some may be gone already.
      if (bytes === null && claimed !== null) return
      const read =
        bytes === null
          ? { ok: false as const, why: 'is missing' }
          : sha256Of(bytes) === sha256
            ? readManifest(bytes)
            : { ok: false as const, why: 'was changed: it has not the hash that the journal has of it' }
      if (read.ok)
        details.push(
          ...read.manifest.segments.map(({ index, detail }) => ({ recording_id: recordingId, segment_index: index, detail: JSON.stringify(detail) })),
        )
      else problems.push({ recordingId, key, problem: read.why })
    })
    await writeDetails(catalog, details)
  }
}

async function writeDetails(catalog: Catalog, details: readonly { recording_id: string; segment_index: number; detail: string }[]): Promise<void> {
  await transact(catalog, async (tx) => {
    for (const rows of inRows(details)) {
      await tx
        .updateTable('segments')
        .from(valuesTable('v', { recording_id: 'text', segment_index: 'bigint', detail: 'text' }, rows))
        .set((eb) => ({ detail: eb.ref('v.detail') }))
        .whereRef('segments.recording_id', '=', 'v.recording_id')
        .whereRef('segments.segment_index', '=', 'v.segment_index')
        .execute()
    }
  })
}

/**
 * Looks through the bucket for recordings that ended after the journal was last written, and restores them by their manifests. Of these nothing else knows the hash:
 * where `verify` is given, the signature must be that of a known key.
 */
export async function restoreUnjournaled(catalog: Catalog, bucket: JournalBucket, verify: JournalVerifier | null): Promise<RestoredManifests> {
  const result: RestoredManifests = { problems: [], fromManifests: 0, unknown: [] }
  /** The last is the one the listing stands in. */
  let found: FoundRecording[] = []
  let after: string | undefined
  for (;;) {
    const page = await bucket.list({ prefix: PREFIX, ...(after === undefined ? {} : { after }) })
    for (const { key, modifiedAtMs } of page.objects) {
      const prefix = key.slice(0, key.lastIndexOf('/') + 1)
      let last = found.at(-1)
      if (last?.prefix !== prefix) {
        last = { prefix, recordingId: prefix.split('/')[3] ?? '', manifest: null }
        found.push(last)
      }
      // One that lies beside it, under a name with its hash, is only found by a row.
      if (key === `${prefix}manifest.json`) last.manifest = { key, modifiedAtMs }
    }
    const unfinished = page.next === null ? [] : found.slice(-1)
    await restoreUnknown({ catalog, bucket, verify }, found.slice(0, found.length - unfinished.length), result)
    if (page.next === null) return result
    found = unfinished
    after = page.next
  }
}

interface FoundRecording {
  prefix: string
  recordingId: string
  manifest: { key: string; modifiedAtMs: number } | null
}

interface FromManifest {
  manifest: ReadManifest
  key: string
  sha256: string
  sizeBytes: number
  modifiedAtMs: number
}

async function restoreUnknown(
  { catalog, bucket, verify }: { catalog: Catalog; bucket: JournalBucket; verify: JournalVerifier | null },
  found: readonly FoundRecording[],
  result: RestoredManifests,
): Promise<void> {
  const known = new Set<string>()
  for (const batch of inRows(found)) {
    const ids = batch.map(({ recordingId }) => recordingId)
    for (const row of await catalog.db.selectFrom('recordings').select('recording_id').where('recording_id', 'in', ids).execute()) known.add(row.recording_id)
  }
  const restored: FromManifest[] = []
  await eachOf(
    found.filter(({ recordingId }) => !known.has(recordingId)),
    async ({ prefix, recordingId, manifest: at }) => {
      const bytes = at === null ? null : await bucket.get(at.key)
      if (at === null || bytes === null) {
        if (result.unknown.length < MOST_NAMED) result.unknown.push(prefix)
        return
      }
      const read = readManifest(bytes)
      const problem = read.ok ? (notItsOwn(read.manifest, at.key) ?? notSigned(bytes, verify)) : read.why
      if (read.ok && problem === null)
        restored.push({ manifest: read.manifest, key: at.key, sha256: sha256Of(bytes), sizeBytes: bytes.length, modifiedAtMs: at.modifiedAtMs })
      else result.problems.push({ recordingId, key: at.key, problem: problem ?? '' })
    },
  )
  result.fromManifests += restored.length
  await transact(catalog, async (tx) => {
    for (const one of restored) await insertFromManifest(tx, one)
  })
}

function notItsOwn(manifest: ReadManifest, key: string): string | null {
  if (manifestKey(manifest) !== key) return 'is the manifest of another recording'
  const foreign = manifest.segments.find((segment) => !segment.key.startsWith(recordingPrefix(manifest)))
  return foreign === undefined ? null : `names ${foreign.key}, which is not the recording’s; it is not restored`
}

function notSigned(bytes: Uint8Array, verify: JournalVerifier | null): string | null {
  if (verify === null) return null
  const split = splitManifest(bytes)
  if (split === null) return 'is not signed, and the journal does not tell of it; it is not restored'
  switch (verify({ keyId: split.signature.keyId, bytes: split.signedBytes, value: split.signature.value })) {
    case 'valid':
      return null
    case 'invalid':
      return 'was changed, or signed by somebody else, and the journal does not tell of it; it is not restored'
    case 'unknown-key':
      return `is signed with key ${split.signature.keyId}, which is not known here; it is not restored`
  }
}

async function insertFromManifest(tx: Transaction<Tables>, { manifest, key, sha256, sizeBytes, modifiedAtMs }: FromManifest): Promise<void> {
  const { recordingId, segments } = manifest
  const row: RecordingRow = {
    recording_id: recordingId,
    call_id: manifest.callId,
    org_id: manifest.orgId,
    owner_id: manifest.ownerId,
    ordinal: manifest.ordinal,
    mode: manifest.mode,
    settings: JSON.stringify(manifest.settings),
    status: manifest.notKept ? 'not-kept' : manifest.endReason === 'log-lost' ? 'failed' : 'completed',
    provisional: manifest.notKept ? 1 : 0,
    started_at_ms: manifest.startedAtMs,
    ended_at_ms: manifest.endedAtMs,
    // Never earlier than it was: its clock of retention runs from the end of the call.
    ended_log_ms: modifiedAtMs,
    captured_ms: manifest.capturedMs,
    paused_ms: manifest.pausedMs,
    held_ms: manifest.heldMs,
    lost_ms: manifest.lostMs,
    segment_count: segments.length,
    tones: manifest.tones,
    prompts: manifest.prompts,
    size_bytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    manifest_key: key,
    manifest_sha256: sha256,
    manifest_size_bytes: sizeBytes,
    end_reason: manifest.endReason,
    deletion_id: null,
    deletion_due_ms: null,
    due_at_ms: null,
    claimed_at_ms: null,
    claim_reason: null,
    claim_cause: null,
    purge_failures: null,
    retry_at_ms: null,
    purged_at_ms: null,
    next_look_ms: null,
    looks: 0,
    last_mark: Math.max(-1, ...manifest.events.filter(({ what }) => what.kind === 'paused' || what.kind === 'resumed').map(({ number }) => number)),
    from_manifest: 0,
  }
  await tx.insertInto('recordings').values(row).execute()
  await tx
    .insertInto('segments')
    .values(segments.map((segment) => segmentRow(recordingId, segment)))
    .execute()
  // Told to the journal by this change, with its segments.
  await tx.updateTable('recordings').set({ from_manifest: 1 }).where('recording_id', '=', recordingId).execute()
}

function segmentRow(recordingId: string, { index, key, sha256, sizeBytes, fromMs, toMs, detail }: SealedSegment): Tables['segments'] {
  return { recording_id: recordingId, segment_index: index, key, sha256, size_bytes: sizeBytes, from_ms: fromMs, to_ms: toMs, detail: JSON.stringify(detail) }
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(work))
}
