import { createHash } from 'node:crypto'
import type { Catalog } from '@twinreel/catalog/open'
import type { RecordingRow } from '@twinreel/catalog/tables'
import type { ListedObject, ObjectStore } from '@twinreel/object-store/port'
import { manifestKey, recordingObject, type RecordingObject } from '@twinreel/recording/keys'
import { readManifestDocument } from '@twinreel/recording/manifest-document'
import { splitManifest, type ManifestKeys } from '@twinreel/recording/manifest-signature'
import type { Finding } from './finding.ts'
import type { NamedObject } from './streams.ts'

export interface ReconcileWorld {
  catalog: Catalog
  store: ObjectStore
  /** Whose signatures make an orphan one that a rebuild of the catalog brings back. */
  keys: ManifestKeys
  /** An object put at this time or later may get its row yet. */
  sinceMs: number
}

/** The journal, which has checks of its own, and what a recorder tries at its start. */
const NO_RECORDINGS = ['journal/', 'purges/', 'twinreel-probe/']

/** What is wrong with an object that no row named when both were listed; everything is looked at again, because others are at work. `null`: nothing. */
export async function objectSuspect(world: ReconcileWorld, object: ListedObject): Promise<Finding | null> {
  const { key, sizeBytes } = object
  if (NO_RECORDINGS.some((prefix) => key.startsWith(prefix))) return null
  const named = recordingObject(key)
  const finding = (kind: Finding['kind'], why: string, deletable: Finding['deletable'] = null): Finding => ({
    kind,
    key,
    recordingId: named?.recordingId ?? null,
    sizeBytes,
    why,
    deletable,
  })
  if (named === null) return finding('foreign', 'is no key of ours')
  const { sinceMs } = world
  const recording = await recordingRow(world.catalog, named.recordingId)
  if (recording !== undefined && (await isNamed(world.catalog, recording, key))) return null
  const head = await world.store.head(key)
  if (head === null) return null
  const isOwn = recording !== undefined && recording.org_id === named.orgId && recording.owner_id === named.ownerId
  if (recording === undefined) {
    if (head.modifiedAtMs >= sinceMs) return finding('in-flight', 'its recording may be committed yet')
    switch (await manifestOf(world, named)) {
      case 'genuine':
        return finding('orphan', 'no row knows its recording, but a signed manifest does: `twinreel catalog rebuild` restores it')
      case 'unknown-key':
        return finding('orphan', 'no row knows its recording, but a manifest does that is signed with a key not known here: name that key, or look at it')
      case 'none':
    }
    return finding('orphan', 'no row knows its recording', 'orphan')
  }
  if (!isOwn) return finding('orphan', `recording ${recording.recording_id} belongs to another owner`)
  if (recording.purged_at_ms !== null) return finding('leftover', 'its recording was purged', 'leftover')
  if (recording.claimed_at_ms !== null) return finding('in-flight', 'its recording is being deleted')
  if (recording.ended_log_ms === null || head.modifiedAtMs >= sinceMs) return finding('in-flight', 'its recording is under way')
  if (named.isConflict) return finding('leftover', 'other bytes of a piece of its recording, beside it')
  return finding('orphan', 'no row of its recording names it')
}

/** A row named an object that was not listed. */
export async function rowSuspect({ catalog, store }: ReconcileWorld, row: NamedObject): Promise<Finding | null> {
  if ((await store.head(row.key)) !== null) return null
  const recording = await recordingRow(catalog, row.recordingId)
  if (recording === undefined || recording.claimed_at_ms !== null || !(await isNamed(catalog, recording, row.key))) return null
  return { kind: 'ghost', key: row.key, recordingId: row.recordingId, sizeBytes: null, why: 'its row is there, the object is not', deletable: null }
}

/** What is wrong with an object that has its row; `isDeep`: by its bytes too. */
export async function pairSuspect(world: ReconcileWorld, object: ListedObject, row: NamedObject, isDeep: boolean): Promise<Finding | null> {
  const { catalog, store } = world
  const { key, recordingId } = row
  const finding = async (kind: Finding['kind'], why: string, deletable: Finding['deletable'] = null): Promise<Finding | null> => {
    const recording = await recordingRow(catalog, recordingId)
    if (recording === undefined || (recording.claimed_at_ms !== null) !== row.isGoing) return null
    return { kind, key, recordingId, sizeBytes: object.sizeBytes, why, deletable }
  }
  if (row.isGoing) {
    const recording = await recordingRow(catalog, recordingId)
    if ((await store.head(key)) === null) return null
    return (recording?.purged_at_ms ?? null) === null
      ? finding('in-flight', 'its recording is being deleted')
      : finding('leftover', 'its recording was purged', 'leftover')
  }
  if (row.sizeBytes !== null && object.sizeBytes !== row.sizeBytes) {
    const head = await store.head(key)
    return head === null || head.sizeBytes === row.sizeBytes ? null : finding('size', `has ${head.sizeBytes} bytes instead of ${row.sizeBytes}`)
  }
  if (!isDeep) return null
  const bytes = await store.get(key)
  if (bytes === null) return rowSuspect(world, row)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return sha256 === row.sha256 ? null : finding('flip', `has SHA-256 ${sha256} instead of ${row.sha256}`)
}

function recordingRow(catalog: Catalog, recordingId: string): Promise<RecordingRow | undefined> {
  return catalog.db.selectFrom('recordings').selectAll().where('recording_id', '=', recordingId).executeTakeFirst()
}

async function isNamed(catalog: Catalog, recording: RecordingRow, key: string): Promise<boolean> {
  // Of what is purged the rows are left, and name nothing that should be there.
  if (recording.claimed_at_ms !== null) return false
  if (recording.manifest_key === key) return true
  const rows = catalog.db.selectFrom('segments').select('segment_index').where('recording_id', '=', recording.recording_id).where('key', '=', key)
  return (await rows.executeTakeFirst()) !== undefined
}

/** What a manifest that no row knows is worth. One of a key that was forgotten may still be ours. */
async function manifestOf({ store, keys }: ReconcileWorld, { orgId, ownerId, recordingId }: RecordingObject): Promise<'genuine' | 'unknown-key' | 'none'> {
  const bytes = await store.get(manifestKey({ orgId, ownerId, recordingId }))
  const signed = bytes === null ? null : splitManifest(bytes)
  if (bytes === null || signed === null) return 'none'
  const verdict = keys.check(signed)
  if (verdict === 'forged') return 'none'
  const read = readManifestDocument(bytes)
  return 'document' in read && read.document.recordingId === recordingId ? verdict : 'none'
}
