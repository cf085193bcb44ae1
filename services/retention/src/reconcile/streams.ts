import type { Catalog } from '@twinreel/catalog/open'
import type { ListedObject, ObjectStore } from '@twinreel/object-store/port'

/** An object that a row names. */
export interface NamedObject {
  key: string
  recordingId: string
  sha256: string
  /** `null` for a manifest. */
  sizeBytes: number | null
  /** Claimed for deletion, perhaps deleted. */
  isGoing: boolean
}

const PAGE = 500

/** Every object of the store, by key. */
export async function* storedObjects(store: ObjectStore): AsyncGenerator<ListedObject> {
  let after: { after?: string } = {}
  for (;;) {
    const { objects, next } = await store.list({ prefix: '', ...after })
    yield* objects
    if (next === null) return
    after = { after: next }
  }
}

/** Every object that a row names, by key. */
export async function* namedObjects({ db }: Catalog): AsyncGenerator<NamedObject> {
  const segments = paged((after) =>
    db
      .selectFrom('segments as s')
      .innerJoin('recordings as r', 'r.recording_id', 's.recording_id')
      .select(['s.key', 's.recording_id as recordingId', 's.sha256', 's.size_bytes as sizeBytes', 'r.claimed_at_ms as claimedAtMs'])
      .where('s.key', '>', after)
      .orderBy('s.key')
      .limit(PAGE)
      .execute(),
  )
  const manifests = paged(async (after) => {
    const rows = await db
      .selectFrom('recordings')
      .select(['manifest_key as key', 'recording_id as recordingId', 'manifest_sha256 as sha256', 'claimed_at_ms as claimedAtMs'])
      .where('manifest_key', '>', after)
      .orderBy('manifest_key')
      .limit(PAGE)
      .execute()
    return rows.map((row) => ({ ...row, key: row.key ?? '', sha256: row.sha256 ?? '', sizeBytes: null }))
  })
  for await (const [left, right] of merged(segments, manifests)) {
    for (const row of [left, right]) if (row !== null) yield { ...row, isGoing: row.claimedAtMs !== null }
  }
}

async function* paged<T extends { key: string }>(read: (after: string) => Promise<T[]>): AsyncGenerator<T> {
  for (let after = ''; ;) {
    const page = await read(after)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.key
  }
}

/** Two streams in the order of keys as one, what has the same key together. */
export async function* merged<A extends { key: string }, B extends { key: string }>(
  a: AsyncIterable<A>,
  b: AsyncIterable<B>,
): AsyncGenerator<[A | null, B | null]> {
  const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()]
  let [one, other] = await Promise.all([left.next(), right.next()])
  for (;;) {
    if (one.done === true && other.done === true) return
    const order = one.done === true ? 1 : other.done === true ? -1 : Buffer.compare(Buffer.from(one.value.key), Buffer.from(other.value.key))
    yield [one.done !== true && order <= 0 ? one.value : null, other.done !== true && order >= 0 ? other.value : null]
    if (one.done !== true && order <= 0) one = await left.next()
    if (other.done !== true && order >= 0) other = await right.next()
  }
}
