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
 * what is wrong. The `witness` of an earlier look is asked first. `missing` are known not to be there. A disk that is not mounted, or a bucket that was emptied, looks like a store from which everything is deleted already. Throws an `UnseenError`.
 */
export async function lookAtStore(
  catalog: Catalog,
  store: ObjectStore,
  { missing, witness }: { missing: ReadonlySet<string>; witness: StoredPlace | null },
): Promise<StoreLook> {
  if (witness !== null && (await isKept(catalog, witness.recordingId)) && (await isThere(store, witness))) return { fault: null, witness }
  let looked: readonly StoredPlace[] = []
  for (let tries = 0; tries < TRIES; tries += 1) {
    looked = (await keptPlaces(catalog, WITNESSES_OF_EACH_END)).filter(({ recordingId }) => !missing.has(recordingId))
    if (looked.length === 0) return { fault: null, witness: null }
    for (const place of looked) if (await isThere(store, place)) return { fault: null, witness: place }
  }
  const [first] = looked
  const where = first === undefined ? '' : `, such as ${recordingPrefix(first)}`
  return { fault: `the store has nothing of ${looked.length} recordings that the catalog keeps${where}. ${WRONG_STORE}`, witness: null }
}

export interface Looked {
  /** May be claimed: something of them is there, or no row names an object of them. */
  there: readonly string[]
  /** Rows name objects of them, and the store has none. */
  missing: readonly string[]
}

/**
 * Which of these recordings, that are about to be claimed, the store has nothing of. Once something is claimed, nothing there means that it was deleted; so this is asked before. On a
 * local store each is looked at; over a network a sample of a large batch, and each only when the sample lacks one. Throws an `UnseenError`.
 */
export async function lookBeforeClaim(catalog: Catalog, store: ObjectStore, recordingIds: readonly string[]): Promise<Looked> {
  const places = await storedPlaces(catalog, recordingIds)
  const first = store.isRemote ? sampleOf(places) : places
  let missing = await missingAmong(store, first)
  if (missing.length > 0 && first.length < places.length) {
    const asked = new Set(first)
    missing = [
      ...missing,
      ...(await missingAmong(
        store,
        places.filter((place) => !asked.has(place)),
      )),
    ]
  }
  const gone = new Set(missing)
  return { there: recordingIds.filter((recordingId) => !gone.has(recordingId)), missing }
}

/** Evenly over the batch: what lies together may be missing together. */
function sampleOf(places: readonly StoredPlace[]): readonly StoredPlace[] {
  if (places.length <= SAMPLE) return places
  return Array.from({ length: SAMPLE }, (_, n) => places[Math.floor((n * (places.length - 1)) / (SAMPLE - 1))]).filter((place) => place !== undefined)
}

async function missingAmong(store: ObjectStore, places: readonly StoredPlace[]): Promise<string[]> {
  const missing: string[] = []
  for (let at = 0; at < places.length; at += LOOKS_AT_ONCE) {
    const some = places.slice(at, at + LOOKS_AT_ONCE)
    const looks = await Promise.all(some.map((place) => isThere(store, place)))
    missing.push(...some.flatMap(({ recordingId }, n) => (looks[n] === true ? [] : [recordingId])))
  }
  return missing
}

async function isThere(store: ObjectStore, place: StoredPlace): Promise<boolean> {
  try {
    return (await store.remains({ prefix: recordingPrefix(place), limit: 1 })).keys.length > 0
  } catch (error) {
    throw new UnseenError(error instanceof Error ? error.message : String(error))
  }
}
