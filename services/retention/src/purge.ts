import type { GoneRecording } from '@twinreel/catalog/purged'
import type { ClaimedRecording } from '@twinreel/catalog/retention'
import type { ObjectStore } from '@twinreel/object-store/port'
import { recordingPrefix } from '@twinreel/recording/keys'
import { provenGone } from './proven-gone.ts'

/** An object that could not be deleted, or with no key a recording whose objects could not be listed. */
export interface PurgeFailure {
  recordingId: string
  key: string | null
  error: string
}

export interface PurgeResult {
  /** Nothing of these is left in the store. */
  gone: readonly GoneRecording[]
  /** Objects deleted; where the store does not tell what was there, those that are named. */
  objects: number
  failures: readonly PurgeFailure[]
}

/** `found`: how many of its keys were there, where somebody has looked before. */
export type ToPurge = ClaimedRecording & { found?: number | null }

const KEYS_PER_DELETE = 1_000
const DELETES_AT_ONCE = 2
const RECORDINGS_AT_ONCE = 16

/**
 * Deletes the objects of claimed recordings and looks that nothing of them is left. What the catalog knows goes first, many keys a
 * request; then the store says what remains, hidden versions included, many recordings a page. What no row names (copies that lay beside a
 * conflicting segment, manifests never committed) is found so, and goes too. A recording is gone when the store has refused none of its keys
 * and nothing remains. Never touches a key outside of a recording's prefix.
 */
export async function purgeObjects(store: ObjectStore, recordings: readonly ToPurge[]): Promise<PurgeResult> {
  const foreign = recordings.flatMap(foreignKeys)
  const named = new Set(foreign.map(({ recordingId }) => recordingId))
  const own = recordings.filter(({ recordingId }) => !named.has(recordingId))
  const { deleted, refused, absent, isTold } = await deleteKnown(store, recordings)
  const foundOf = ({ keys, found }: ToPurge): number | null => found ?? (isTold ? keys.filter((key) => !absent.has(key)).length : null)
  const refusedOf = (recording: ClaimedRecording): string[] => recording.keys.filter((key) => refused.has(key))
  const { gone, failure } = await provenGone(
    store,
    own.filter((recording) => refusedOf(recording).length === 0),
  )
  const unproven = own.filter((recording) => !gone.has(recording))
  const asked = failure === null ? unproven : unproven.filter((recording) => refusedOf(recording).length > 0)
  const unasked = failure === null ? [] : unproven.filter((recording) => refusedOf(recording).length === 0)
  const emptied = await emptyEach(store, asked, refusedOf)
  return {
    gone: [...[...gone].map((recording) => ({ ...recording, foundBesides: 0 })), ...emptied.gone].map((recording) => ({
      ...recording,
      found: foundOf(recording),
    })),
    objects: deleted + emptied.objects,
    failures: [...foreign, ...unasked.map(({ recordingId }) => ({ recordingId, key: null, error: failure ?? '' })), ...emptied.failures],
  }
}

function foreignKeys(recording: ClaimedRecording): PurgeFailure[] {
  const { recordingId, keys } = recording
  const prefix = recordingPrefix(recording)
  const error = `lies outside of the recording’s prefix ${prefix}; look at the catalog’s row`
  return keys.filter((key) => !key.startsWith(prefix)).map((key) => ({ recordingId, key, error }))
}

interface DeletedKnown {
  deleted: number
  /** The store did not say that these are deleted: they are asked for once more, each with its recording. */
  refused: ReadonlySet<string>
  /** Of those that are, what was not there. */
  absent: ReadonlySet<string>
  /** Whether the store tells. */
  isTold: boolean
}

async function deleteKnown(store: ObjectStore, recordings: readonly ClaimedRecording[]): Promise<DeletedKnown> {
  const keys = recordings.flatMap((recording) => recording.keys.filter((key) => key.startsWith(recordingPrefix(recording))))
  const refused = new Set(keys)
  const absent = new Set<string>()
  const count = refused.size
  let isTold = true
  let at = 0
  const next = async (): Promise<void> => {
    while (at < keys.length) {
      const some = keys.slice(at, at + KEYS_PER_DELETE)
      at += KEYS_PER_DELETE
      try {
        for (const outcome of await store.deleteMany(some, { quiet: true })) {
          if (!outcome.deleted) continue
          refused.delete(outcome.key)
          isTold &&= outcome.found !== undefined
          if (outcome.found === false) absent.add(outcome.key)
        }
      } catch {
        // Whatever it was, it is told when it happens again.
      }
    }
  }
  await Promise.all(Array.from({ length: DELETES_AT_ONCE }, next))
  return { deleted: count - refused.size - absent.size, refused, absent, isTold }
}

interface Emptied extends Pick<PurgeResult, 'objects' | 'failures'> {
  /** Keys of which something was left that nobody asked for. */
  besides: number
}

/** Each by itself. When the store answers none of some at once, the rest fails with them: to wait for each would hold up everything else. */
async function emptyEach(
  store: ObjectStore,
  recordings: readonly ClaimedRecording[],
  refusedOf: (recording: ClaimedRecording) => readonly string[],
): Promise<PurgeResult> {
  const gone: GoneRecording[] = []
  const failures: PurgeFailure[] = []
  let objects = 0
  for (let at = 0; at < recordings.length; at += RECORDINGS_AT_ONCE) {
    const some = recordings.slice(at, at + RECORDINGS_AT_ONCE)
    const results = await Promise.all(some.map(async (recording) => ({ recording, ...(await emptyPrefix(store, recording, refusedOf(recording))) })))
    for (const result of results) {
      objects += result.objects
      failures.push(...result.failures)
      if (result.failures.length === 0) gone.push({ ...result.recording, foundBesides: result.besides })
    }
    const silent = results.flatMap((result) => result.failures.filter(({ key }) => key === null))
    const [why] = silent
    if (why === undefined || silent.length < RECORDINGS_AT_ONCE) continue
    failures.push(...recordings.slice(at + RECORDINGS_AT_ONCE).map(({ recordingId }) => ({ recordingId, key: null, error: why.error })))
    break
  }
  return { gone, objects, failures }
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
      const { keys: left } = await store.remains({ prefix })
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
