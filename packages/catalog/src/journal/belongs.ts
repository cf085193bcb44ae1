import type { Catalog } from '../open.ts'
import { JOURNAL_PREFIX, journalKey, sequenceOf, sha256Of } from './object.ts'
import { refuseWhileRebuilding } from './rebuilding.ts'

/** What is asked of the object store, to see whether its journal is this catalog's. */
export interface JournalLook {
  head(key: string): Promise<{ sha256: string | null } | null>
  get(key: string): Promise<Uint8Array | null>
  list(options: { prefix: string; after?: string; limit?: number }): Promise<{ objects: readonly { key: string }[]; next: string | null }>
}

/** Others may write the journal on while it is looked at. */
const LOOKS = 5
/** So many objects before the last one may not be missing either; with those beyond it they are one page of a listing. */
const BEFORE_LAST = 997

const NAME_THE_RIGHT =
  'name the right database and bucket (TWINREEL_DATABASE_URL, TWINREEL_S3_BUCKET; on one machine --data), or rebuild a catalog that was lost, or restored from a backup, with `twinreel catalog rebuild`'
const GET_IT_BACK =
  'Nothing is deleted until it is there: get it back from the bucket’s versions or a copy, or from another bucket that it was written to; without it a catalog that is lost can’t be rebuilt'

/**
 * Whether catalog and bucket belong together: `null` when they do, else what is wrong and what to do. The journal in the bucket must end where the catalog
 * says, with the bytes it says. A catalog that is empty, is another installation's, or is an older state of this one fails; deleting by it would be deleting blindly.
 * Nor may one of the last objects be missing: what a lost catalog could not be rebuilt with is deleted by nobody.
 */
export async function journalFault(catalog: Catalog, bucket: JournalLook): Promise<string | null> {
  const wrong = await settled(catalog, async (last) => (await faultOf(last, bucket)) ?? (last.length === 0 ? foreignRecording(catalog, bucket) : null))
  if (wrong !== null) return `${wrong}. Nothing is deleted until they belong together: ${NAME_THE_RIGHT}`
  const hole = await settled(catalog, (last) => holeBefore(last, bucket))
  return hole === null ? null : `${hole}. ${GET_IT_BACK}`
}

/** The journal is not to be written on in this bucket. */
class WrongBucketError extends Error {
  readonly next = `nothing was written to this bucket; ${NAME_THE_RIGHT}`
  constructor(fault: string) {
    super(`catalog and bucket don’t belong together: ${fault}`)
    this.name = 'WrongBucketError'
  }
}

/** Opened buckets, and the catalogs that were seen to belong to each: who writes every few seconds need not look each time. */
const seen = new WeakMap<JournalLook, WeakSet<Catalog>>()

/**
 * Throws a `WrongBucketError` unless the last object of the journal that this catalog wrote is in the bucket with its hash, and none beyond it: written to
 * another bucket, a change would be lost with the catalog, and the journal have a hole for good. It is looked at once for each bucket that was
 * opened. A `CatalogRebuildingError` while the catalog is being restored.
 */
export async function checkBucket(catalog: Catalog, bucket: JournalLook): Promise<void> {
  const catalogs = seen.get(bucket) ?? new WeakSet()
  if (catalogs.has(catalog)) return
  const wrong = await settled(catalog, (last) => faultOf(last, bucket))
  if (wrong !== null) {
    // What is being rebuilt from the bucket says nothing of it yet.
    await refuseWhileRebuilding(catalog.db)
    throw new WrongBucketError(wrong)
  }
  seen.set(bucket, catalogs.add(catalog))
}

/** The key of the last object that is known to be in the bucket; `null` when none was ever written. */
export async function lastWrittenKey(catalog: Catalog): Promise<string | null> {
  const last = (await lastObjects(catalog)).findLast(({ isUnwritten }) => !isUnwritten)
  return last === undefined ? null : journalKey(last.sequence)
}

/** A fault that another process's next object looks like is gone when that one is the head. */
async function settled(catalog: Catalog, look: (last: readonly LastObject[]) => Promise<string | null>): Promise<string | null> {
  let fault: string | null = null
  for (let looks = 1; looks <= LOOKS; looks += 1) {
    const last = await lastObjects(catalog)
    fault = await look(last)
    if (fault === null || (await lastObjects(catalog)).at(-1)?.sequence === last.at(-1)?.sequence) break
  }
  return fault
}

interface LastObject {
  sequence: number
  sha256: string
  /** Its bytes are fixed, and it may not be in the bucket yet. */
  isUnwritten: boolean
}

/** The head, and while that one may not be in the bucket yet, the one before it. */
async function lastObjects({ db }: Catalog): Promise<LastObject[]> {
  const rows = await db.selectFrom('journal_objects').select(['sequence', 'sha256', 'body']).orderBy('sequence').execute()
  return rows.map(({ sequence, sha256, body }) => ({ sequence, sha256, isUnwritten: body !== null }))
}

async function foreignRecording({ db }: Catalog, bucket: JournalLook): Promise<string | null> {
  if ((await db.selectFrom('recordings').select('recording_id').limit(1).executeTakeFirst()) !== undefined) return null
  const [object] = (await bucket.list({ prefix: 'recordings/', limit: 1 })).objects
  return object === undefined ? null : `the catalog is empty, and there are recordings in the bucket (${object.key}): they don’t belong together`
}

async function faultOf(last: readonly LastObject[], bucket: JournalLook): Promise<string | null> {
  for (const { sequence, sha256, isUnwritten } of last) {
    const key = journalKey(sequence)
    const there = await hashOf(bucket, key)
    if (there === null && !isUnwritten) return `the bucket lacks ${key}, which this catalog wrote there: it is another bucket, or its journal was deleted`
    if (there !== null && there !== sha256) return `${key} in the bucket is not what this catalog wrote: it is another catalog’s bucket`
  }
  const head = last.at(-1)?.sequence ?? null
  const { objects } = await bucket.list({ prefix: JOURNAL_PREFIX, ...(head === null ? {} : { after: journalKey(head) }), limit: 1 })
  const beyond = objects.find(({ key }) => head === null || sequenceOf(key) !== null)
  if (beyond === undefined) return null
  return head === null
    ? `the catalog has never written a journal, and there is one in the bucket (${beyond.key}): they don’t belong together`
    : `the bucket’s journal goes on to ${beyond.key}, which this catalog did not write: it is an older state of the catalog, or another catalog writes there`
}

/** Which object is missing before the last one that is there. */
async function holeBefore(last: readonly LastObject[], bucket: JournalLook): Promise<string | null> {
  const head = last.at(-1)?.sequence ?? 0
  let expected = Math.max(1, head - BEFORE_LAST)
  for (let after: string | null = journalKey(expected - 1); after !== null && expected < head;) {
    const page = await bucket.list({ prefix: JOURNAL_PREFIX, after })
    for (const { key } of page.objects) {
      const sequence = sequenceOf(key)
      if (sequence === null) continue
      if (sequence > expected) return `${journalKey(expected)} is missing in the bucket, though ${key} is there: the journal has a hole`
      expected = sequence + 1
    }
    after = page.next
  }
  return null
}

async function hashOf(bucket: JournalLook, key: string): Promise<string | null> {
  const head = await bucket.head(key)
  if (head === null || head.sha256 !== null) return head?.sha256 ?? null
  const bytes = await bucket.get(key)
  return bytes === null ? null : sha256Of(bytes)
}
