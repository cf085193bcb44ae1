import type { Catalog } from '../open.ts'
import { JOURNAL_PREFIX, journalKey, sequenceOf, sha256Of } from './object.ts'

/** What is asked of the object store, to see whether its journal is this catalog's. */
export interface JournalLook {
  head(key: string): Promise<{ sha256: string | null } | null>
  get(key: string): Promise<Uint8Array | null>
  list(options: { prefix: string; after?: string; limit?: number }): Promise<{ objects: readonly { key: string }[] }>
}

/** Others may write the journal on while it is looked at. */
const LOOKS = 5
const NEXT =
  'Nothing is deleted until they belong together: name the right database and bucket (TWINREEL_DATABASE_URL, TWINREEL_S3_BUCKET; on one machine --data), or rebuild a catalog that was lost, or restored from a backup, with `twinreel catalog rebuild`'

/**
 * Whether catalog and bucket belong together: `null` when they do, else what is wrong and what to do. The journal in the bucket must end where the catalog
 * says, with the bytes it says. A catalog that is empty, is another installation's, or is an older state of this one fails; deleting by it would be deleting blindly.
 */
export async function journalFault(catalog: Catalog, bucket: JournalLook): Promise<string | null> {
  let fault: string | null = null
  for (let look = 1; look <= LOOKS; look += 1) {
    const heads = await lastObjects(catalog)
    fault = heads.length === 0 ? await faultWithoutHead(catalog, bucket) : await faultOf(heads, bucket)
    if (fault === null) return null
    // A fault that another process's next object looks like is gone when that one is the head.
    if ((await lastObjects(catalog)).at(-1)?.sequence === heads.at(-1)?.sequence) break
  }
  return fault === null ? null : `${fault}. ${NEXT}`
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

async function faultWithoutHead({ db }: Catalog, bucket: JournalLook): Promise<string | null> {
  const journal = await bucket.list({ prefix: JOURNAL_PREFIX, limit: 1 })
  const [first] = journal.objects
  if (first !== undefined) return `the catalog has never written a journal, and there is one in the bucket (${first.key}): they don’t belong together`
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
  const { objects } = await bucket.list({ prefix: JOURNAL_PREFIX, after: journalKey(last.at(-1)?.sequence ?? 0), limit: 1 })
  const beyond = objects.find((object) => sequenceOf(object.key) !== null)
  if (beyond === undefined) return null
  return `the bucket’s journal goes on to ${beyond.key}, which this catalog did not write: it is an older state of the catalog, or another catalog writes there`
}

async function hashOf(bucket: JournalLook, key: string): Promise<string | null> {
  const head = await bucket.head(key)
  if (head === null || head.sha256 !== null) return head?.sha256 ?? null
  const bytes = await bucket.get(key)
  return bytes === null ? null : sha256Of(bytes)
}
