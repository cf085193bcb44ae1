import type { GoneRecording } from '@twinreel/catalog/purged'
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
  gone: readonly GoneRecording[]
  /** Objects deleted. */
  objects: number
  failures: readonly PurgeFailure[]
}

const KEYS_PER_DELETE = 1_000
const LISTS_AT_ONCE = 16

/**
 * Deletes the objects of claimed recordings and looks that nothing of them is left. What the catalog knows goes first, many keys a
 * request; then the store says what remains under each recording's own prefix, hidden versions included: nothing, or what no row names
 * (copies that lay beside a conflicting segment, manifests never committed), which goes too. A recording is gone when nothing remains and
 * the store has said of each of its keys that it is deleted. Never touches a key outside of a recording's prefix.
 */
export async function purgeObjects(store: ObjectStore, recordings: readonly ClaimedRecording[]): Promise<PurgeResult> {
  const known = await deleteKnown(store, recordings)
  const gone: GoneRecording[] = []
  const failures: PurgeFailure[] = []
  let objects = known.deleted
  for (let at = 0; at < recordings.length; at += LISTS_AT_ONCE) {
    const batch = recordings.slice(at, at + LISTS_AT_ONCE)
    const results = await Promise.all(batch.map((recording) => emptyRecording(store, recording, known.refused)))
    for (const [index, result] of results.entries()) {
      const recording = batch[index]
      objects += result.objects
      failures.push(...result.failures)
      if (recording !== undefined && result.failures.length === 0) gone.push({ ...recording, foundBesides: result.besides })
    }
  }
  return { gone, objects, failures }
}

/** How many were deleted, and which the store did not say that of: these are asked for once more, each with its recording. */
async function deleteKnown(store: ObjectStore, recordings: readonly ClaimedRecording[]): Promise<{ deleted: number; refused: ReadonlySet<string> }> {
  const keys = recordings.flatMap((recording) => recording.keys.filter((key) => key.startsWith(recordingPrefix(recording))))
  const refused = new Set(keys)
  for (let at = 0; at < keys.length; at += KEYS_PER_DELETE) {
    try {
      for (const outcome of await store.deleteMany(keys.slice(at, at + KEYS_PER_DELETE))) if (outcome.deleted) refused.delete(outcome.key)
    } catch {
      // Whatever it was, it is told when it happens again.
    }
  }
  return { deleted: keys.length - refused.size, refused }
}

interface Emptied extends Pick<PurgeResult, 'objects' | 'failures'> {
  /** Keys of which something was left that nobody asked for. */
  besides: number
}

function emptyRecording(store: ObjectStore, recording: ClaimedRecording, refused: ReadonlySet<string>): Promise<Emptied> {
  const { recordingId, keys } = recording
  const prefix = recordingPrefix(recording)
  const foreign = keys.filter((key) => !key.startsWith(prefix))
  if (foreign.length === 0)
    return emptyPrefix(
      store,
      recording,
      keys.filter((key) => refused.has(key)),
    )
  const error = `lies outside of the recording’s prefix ${prefix}; look at the catalog’s row`
  return Promise.resolve({ objects: 0, besides: 0, failures: foreign.map((key) => ({ recordingId, key, error })) })
}

/** Deletes `first`, and whatever else is left of a recording, until nothing is; or says why not. `objects`: how many were deleted. */
export async function emptyPrefix(
  store: ObjectStore,
  recording: Pick<ClaimedRecording, 'recordingId' | 'orgId' | 'ownerId'>,
  first: readonly string[] = [],
): Promise<Emptied> {
  const { recordingId } = recording
  const prefix = recordingPrefix(recording)
  const wanted = new Set(first)
  const besides = new Set<string>()
  let objects = 0
  let asked = [...first]
  let deletedBefore: ReadonlySet<string> = new Set()
  try {
    for (;;) {
      const left = await store.remains(prefix)
      if (left.length === 0 && asked.length === 0) return { objects, besides: besides.size, failures: [] }
      for (const key of left) if (!wanted.has(key)) besides.add(key)
      // A store under object lock may say yes and keep: to believe it would be a false certificate.
      const undead = left.filter((key) => deletedBefore.has(key))
      if (undead.length > 0) {
        const error = 'is still there after it was deleted; look for object lock in the store'
        return { objects, besides: besides.size, failures: undead.map((key) => ({ recordingId, key, error })) }
      }
      const doomed = [...new Set([...asked, ...left])]
      const failures: PurgeFailure[] = []
      for (let at = 0; at < doomed.length; at += KEYS_PER_DELETE) {
        const outcomes = await store.deleteMany(doomed.slice(at, at + KEYS_PER_DELETE))
        for (const outcome of outcomes) if (!outcome.deleted) failures.push({ recordingId, key: outcome.key, error: outcome.error })
        objects += outcomes.filter((outcome) => outcome.deleted).length
      }
      if (failures.length > 0) return { objects, besides: besides.size, failures }
      asked = []
      deletedBefore = new Set(doomed)
    }
  } catch (error) {
    return { objects, besides: besides.size, failures: [{ recordingId, key: null, error: error instanceof Error ? error.message : String(error) }] }
  }
}
