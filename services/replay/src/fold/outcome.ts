import { createHash } from 'node:crypto'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { readManifestDocument } from '@twinreel/recording/manifest-document'
import { splitManifest } from '@twinreel/recording/manifest-signature'
import { BEING_DELETED, type Outcome, type OutcomeManifest, type OutcomeObject } from '../capture/capture.ts'

/** What became of a call: its ledger rows, its recordings with their objects, and what their manifests say. */
export async function outcomeOf({ catalog, store }: { catalog: Catalog; store: Pick<ObjectStore, 'get'> }, callId: string): Promise<Outcome> {
  const ledger = await catalog.db
    .selectFrom('ledger')
    .select(['owner_id', 'outcome', 'reason', 'behavior', 'late_ms'])
    .where('call_id', '=', callId)
    .orderBy('owner_id')
    .execute()
  const rows = await catalog.db.selectFrom('recordings').selectAll().where('call_id', '=', callId).orderBy('owner_id').orderBy('ordinal').execute()
  const recordings = []
  for (const row of rows) {
    recordings.push({
      recordingId: row.recording_id,
      ownerId: row.owner_id,
      ordinal: row.ordinal,
      mode: row.mode,
      status: row.claimed_at_ms === null || row.status === 'purged' ? row.status : BEING_DELETED,
      endReason: row.end_reason,
      capturedMs: row.captured_ms,
      pausedMs: row.paused_ms,
      heldMs: row.held_ms,
      lostMs: row.lost_ms,
      tones: row.tones,
      prompts: row.prompts,
      objects: await objectsOf(catalog, row.recording_id),
      // Of one that is being deleted nothing is read any more.
      manifest: row.manifest_key === null || row.claimed_at_ms !== null ? null : await manifestOf(store, row.manifest_key),
    })
  }
  return {
    ledger: ledger.map(({ owner_id, outcome, reason, behavior, late_ms }) => ({ ownerId: owner_id, outcome, reason, behavior, lateMs: late_ms })),
    recordings,
  }
}

async function objectsOf(catalog: Catalog, recordingId: string): Promise<OutcomeObject[]> {
  const rows = await catalog.db.selectFrom('segments').selectAll().where('recording_id', '=', recordingId).orderBy('segment_index').execute()
  return rows.map((row) => ({ index: row.segment_index, key: row.key, sha256: row.sha256, sizeBytes: row.size_bytes, fromMs: row.from_ms, toMs: row.to_ms }))
}

async function manifestOf(store: Pick<ObjectStore, 'get'>, key: string): Promise<OutcomeManifest | null> {
  const bytes = await store.get(key)
  const signed = bytes === null ? null : splitManifest(bytes)
  if (bytes === null || signed === null) return null
  const read = readManifestDocument(bytes)
  if ('problem' in read) return null
  const { signature: _, ...document } = read.document
  return { key, signedSha256: createHash('sha256').update(signed.signedBytes).digest('hex'), document }
}
