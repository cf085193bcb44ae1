import { JOURNAL_PREFIX } from '@twinreel/catalog/journal/object'
import type { Catalog } from '@twinreel/catalog/open'
import { isKept, keptPlaces, storedPlaces, type StoredPlace } from '@twinreel/catalog/stored-places'
import type { ObjectStore } from '@twinreel/object-store/port'
import { recordingPrefix } from '@twinreel/recording/keys'

const LOOKS_AT_ONCE = 16
/** Of a batch, where each look is a request. When one of them finds nothing, all of the batch are looked at. */
const SAMPLE = 8
const WITNESSES_OF_EACH_END = 8
/** Others may claim and delete, between the question and the look, all that was asked for. */
const TRIES = 3

export const WRONG_STORE =
  'Nothing is deleted until the store is the right one, and whole: on one machine mount what belongs below objects/ of the data directory and restart, on servers look at the bucket; `twinreel reconcile` names each row whose object is missing. If they are lost for good, `twinreel retention run --accept-missing COUNT` certifies what is due as not found'

/** The store could not be looked at, so nothing is known of it. */
export class UnseenError extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'UnseenError'
  }
}

export interface StoreLook {
  /** `null`: what the catalog keeps is in the store. */
  fault: string | null
  /** Of this recording something was there, and nobody is about to delete it; `null` when there are no such recordings. */
  witness: StoredPlace | null
}

/**
 * Whether what the catalog keeps is in the store: when something of a few recordings that nobody is about to delete is there, or there are no such recordings; else
 * what is wrong. The `witness` of an earlier look is asked first. `missing` are known not to be there. A disk that is not mounted, or a bucket that was emptied, looks like a store from which everything is deleted already.
 * Throws an `UnseenError` when nothing is found and some could not be looked at.
 */
export async function lookAtStore(
  catalog: Catalog,
  store: ObjectStore,
  { missing, witness }: { missing: ReadonlySet<string>; witness: StoredPlace | null },
): Promise<StoreLook> {
  if (witness !== null && (await isKept(catalog, witness.recordingId)) && (await lookAt(store, witness)) === 'there') return { fault: null, witness }
  let looked: readonly StoredPlace[] = []
  let unseen: UnseenError | null = null
  for (let tries = 0; tries < TRIES; tries += 1) {
    looked = (await keptPlaces(catalog, WITNESSES_OF_EACH_END)).filter(({ recordingId }) => !missing.has(recordingId))
    if (looked.length === 0) return { fault: null, witness: null }
    const found = await firstThere(store, looked)
    if (found.place !== null) return { fault: null, witness: found.place }
    unseen = found.unseen
    // What can't be looked at now is not found by asking again.
    if (unseen !== null) break
  }
  if (unseen !== null) throw unseen
  const [first] = looked
  const where = first === undefined ? '' : `, such as ${recordingPrefix(first)}`
  return { fault: `the store has nothing of ${looked.length} recordings that the catalog keeps${where}. ${WRONG_STORE}`, witness: null }
}

/** The first that something is there of, one after the other; all that are left at once when one can't be looked at, so that a store that is away is not waited for again and again. */
async function firstThere(store: ObjectStore, places: readonly StoredPlace[]): Promise<{ place: StoredPlace | null; unseen: UnseenError | null }> {
  for (const [at, place] of places.entries()) {
    const look = await lookAt(store, place)
    if (look === 'there') return { place, unseen: null }
    if (look === 'missing') continue
    const rest = places.slice(at + 1)
    const looks = await Promise.all(rest.map((other) => lookAt(store, other)))
    return { place: rest[looks.indexOf('there')] ?? null, unseen: look }
  }
  return { place: null, unseen: null }
}

/** A recording whose objects can't be looked at, in a store that answers otherwise. */
export interface Unseen {
  recordingId: string
  orgId: string
  /** What its objects' keys begin with. */
  key: string
  /** The store's words. */
  error: string
}

export interface Looked {
  /** May be claimed: something of them is there, or no row names an object of them. */
  there: readonly string[]
  /** Rows name objects of them, and the store has none. */
  missing: readonly string[]
  /** Nothing is known of these: neither there nor missing. */
  unseen: readonly Unseen[]
}

/**
 * Which of these recordings, that are about to be claimed, the store has nothing of, and which it can't be asked about. Once something is claimed, nothing there means that it was deleted; so this is
 * asked before. On a local store each is looked at; over a network a sample of a large batch, and each only when one of the sample is not found. Throws an `UnseenError` when the store does not answer at all.
 */
export async function lookBeforeClaim(catalog: Catalog, store: ObjectStore, recordingIds: readonly string[]): Promise<Looked> {
  const places = await storedPlaces(catalog, recordingIds)
  const first = store.isRemote ? sampleOf(places) : places
  const lost = await lostAmong(store, first)
  if (lost.missing.length + lost.unseen.length > 0 && first.length < places.length) {
    const asked = new Set(first)
    const others = await lostAmong(
      store,
      places.filter((place) => !asked.has(place)),
    )
    lost.missing.push(...others.missing)
    lost.unseen.push(...others.unseen)
  }
  const left = new Set([...lost.missing, ...lost.unseen.map(({ recordingId }) => recordingId)])
  return { there: recordingIds.filter((recordingId) => !left.has(recordingId)), ...lost }
}

/** Evenly over the batch: what lies together may be missing together. */
function sampleOf(places: readonly StoredPlace[]): readonly StoredPlace[] {
  if (places.length <= SAMPLE) return places
  return Array.from({ length: SAMPLE }, (_, n) => places[Math.floor((n * (places.length - 1)) / (SAMPLE - 1))]).filter((place) => place !== undefined)
}

async function lostAmong(store: ObjectStore, places: readonly StoredPlace[]): Promise<{ missing: string[]; unseen: Unseen[] }> {
  const lost = { missing: [] as string[], unseen: [] as Unseen[] }
  for (let at = 0; at < places.length; at += LOOKS_AT_ONCE) {
    const some = places.slice(at, at + LOOKS_AT_ONCE)
    const looks = await Promise.all(some.map((place) => lookAt(store, place)))
    const [first] = looks
    // Where no answer came it may be these folders, or all of the store.
    if (first instanceof UnseenError && looks.every((look) => look instanceof UnseenError) && !(await answers(store))) throw first
    for (const [n, { recordingId, orgId, ownerId }] of some.entries()) {
      const look = looks[n]
      if (look === 'missing') lost.missing.push(recordingId)
      else if (look instanceof UnseenError) lost.unseen.push({ recordingId, orgId, key: recordingPrefix({ recordingId, orgId, ownerId }), error: look.message })
    }
  }
  return lost
}

async function lookAt(store: ObjectStore, place: StoredPlace): Promise<'there' | 'missing' | UnseenError> {
  try {
    return (await store.remains({ prefix: recordingPrefix(place), limit: 1 })).keys.length > 0 ? 'there' : 'missing'
  } catch (error) {
    return new UnseenError(error instanceof Error ? error.message : String(error))
  }
}

/** Whether the store says what remains, where no recording is. */
async function answers(store: ObjectStore): Promise<boolean> {
  try {
    await store.remains({ prefix: JOURNAL_PREFIX, limit: 1 })
    return true
  } catch {
    return false
  }
}
