import type { ClaimedRecording } from '@twinreel/catalog/retention'
import type { ObjectStore } from '@twinreel/object-store/port'
import { recordingPrefix } from '@twinreel/recording/keys'

/** An object that could not be deleted, or with no key a recording whose objects could not be listed. */
export interface PurgeFailure {
  recordingId: string
  key: string | null
  error: string
}

export interface PurgeResult {
  /** Nothing of these is left in the store. */
  gone: readonly ClaimedRecording[]
  /** Objects deleted. */
  objects: number
  failures: readonly PurgeFailure[]
}

const KEYS_PER_DELETE = 1_000
const LISTS_AT_ONCE = 16

/**
 * Deletes the objects of claimed recordings and looks that nothing of them is left. What the catalog knows goes first, many keys a
 * request; a listing of each recording's own prefix then proves it empty, or finds what no row names (copies that lay beside a conflicting
 * segment, manifests never committed), which go too. Never touches a key outside of a recording's prefix.
 */
export async function purgeObjects(store: ObjectStore, recordings: readonly ClaimedRecording[]): Promise<PurgeResult> {
  const known = await deleteKnown(store, recordings)
  const gone: ClaimedRecording[] = []
  const failures: PurgeFailure[] = []
  let objects = known
  for (let at = 0; at < recordings.length; at += LISTS_AT_ONCE) {
    const batch = recordings.slice(at, at + LISTS_AT_ONCE)
    const results = await Promise.all(batch.map((recording) => emptyPrefix(store, recording)))
    for (const [index, result] of results.entries()) {
      const recording = batch[index]
      objects += result.objects
      failures.push(...result.failures)
      if (recording !== undefined && result.failures.length === 0) gone.push(recording)
    }
  }
  return { gone, objects, failures }
}

/** Returns how many were deleted. What fails here is still there when the prefix is listed, and is tried and told there. */
async function deleteKnown(store: ObjectStore, recordings: readonly ClaimedRecording[]): Promise<number> {
  const keys = recordings.flatMap((recording) => recording.keys.filter((key) => key.startsWith(recordingPrefix(recording))))
  let deleted = 0
  for (let at = 0; at < keys.length; at += KEYS_PER_DELETE) {
    try {
      const outcomes = await store.deleteMany(keys.slice(at, at + KEYS_PER_DELETE))
      deleted += outcomes.filter((outcome) => outcome.deleted).length
    } catch {
      // The listing tells, for each recording, what this left behind.
    }
  }
  return deleted
}

async function emptyPrefix(store: ObjectStore, recording: ClaimedRecording): Promise<{ objects: number; failures: PurgeFailure[] }> {
  const { recordingId } = recording
  const prefix = recordingPrefix(recording)
  const foreign = recording.keys.filter((key) => !key.startsWith(prefix))
  if (foreign.length > 0)
    return {
      objects: 0,
      failures: foreign.map((key) => ({ recordingId, key, error: `lies outside of the recording’s prefix ${prefix}; look at the catalog’s row` })),
    }
  let objects = 0
  let deletedBefore: ReadonlySet<string> = new Set()
  try {
    for (;;) {
      const { objects: left } = await store.list({ prefix, limit: KEYS_PER_DELETE })
      if (left.length === 0) return { objects, failures: [] }
      // A store under object lock, or one that keeps versions, may say yes and keep: to believe it would be a false certificate.
      const undead = left.filter((object) => deletedBefore.has(object.key))
      if (undead.length > 0)
        return {
          objects,
          failures: undead.map(({ key }) => ({ recordingId, key, error: 'is still listed after it was deleted; look for object lock in the store' })),
        }
      deletedBefore = new Set(left.map((object) => object.key))
      const outcomes = await store.deleteMany(left.map((object) => object.key))
      const failures = outcomes.flatMap((outcome) => (outcome.deleted ? [] : [{ recordingId, key: outcome.key, error: outcome.error }]))
      objects += outcomes.length - failures.length
      if (failures.length > 0) return { objects, failures }
    }
  } catch (error) {
    return { objects, failures: [{ recordingId, key: null, error: error instanceof Error ? error.message : String(error) }] }
  }
}
