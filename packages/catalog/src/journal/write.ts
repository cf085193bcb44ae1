import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { inTurn } from '../dialect.ts'
import type { Catalog } from '../open.ts'
import { inRows } from '../rows.ts'
import type { Tables } from '../tables.ts'
import { transact } from '../transaction.ts'
import { checkBucket, type JournalLook } from './belongs.ts'
import { TOMBSTONES } from './entries.ts'
import { JournalError, encodeObject, entriesIn, journalKey, sha256Of, type JournalHead, type JournalSigner } from './object.ts'
import { unlessRebuilding } from './rebuilding.ts'

/** What the journal needs of the object store. */
export interface JournalStore extends JournalLook {
  putIfAbsent(options: {
    key: string
    body: Uint8Array
    sha256: string
    contentType: string
  }): Promise<{ kind: 'written' } | { kind: 'exists'; sha256: string | null; sizeBytes: number }>
}

export interface WrittenJournal {
  /** `null` when nothing was ever written. */
  head: JournalHead | null
  /** Objects that were put now. */
  objects: number
}

/** For so long one without the signing key waits for one who has it: recorders write every few seconds. */
const SIGNER_WAIT_MS = 15_000
const LOOK_EVERY_MS = 250

/** Entries of one object, at most: some hundred kilobytes. */
const ENTRIES_PER_OBJECT = 1_000

/**
 * Puts all that waits to be journaled into the store; when it returns, every change that was committed before is there. An object's bytes are
 * fixed in the catalog before they are put, so that any process may finish what another has begun, and writing twice is writing once. Without a
 * `signer` a journal that is signed is left to those who have its key, and waited for. Before the first object is put or fixed the store must be seen to
 * be the one the journal was written to (`checkBucket`). Throws what the store throws; a `WrongBucketError`; a `JournalError` when another catalog's journal
 * comes in the way after that, or nobody with the key writes.
 */
export async function writeJournal(catalog: Catalog, store: JournalStore, signer: JournalSigner | null): Promise<WrittenJournal> {
  // What comes later is for the next one to write: others may change things faster than the store takes them.
  const upTo = await lastEntry(catalog)
  let objects = 0
  for (let isWaiting = true; isWaiting;) {
    // Asked first: an entry that does not wait any more is in the object that is fixed, or in the store.
    isWaiting = await waits(catalog, upTo)
    const unfinished = isWaiting ? null : await fixed(catalog.db)
    if (isWaiting || unfinished !== null) await checkBucket(catalog, store)
    const next = isWaiting ? await fixNext(catalog, { signer, upTo }) : unfinished
    if (next === 'unsigned') await fixedByAnother(catalog, upTo)
    else if (next !== null) {
      await put(store, next)
      await markWritten(catalog, next.sequence)
      objects += 1
    }
  }
  return { head: await journalHead(catalog), objects }
}

/** The last object whose bytes are fixed. */
export async function journalHead(catalog: Catalog): Promise<JournalHead | null> {
  const row = await catalog.db.selectFrom('journal_objects').select(['sequence', 'sha256']).orderBy('sequence', 'desc').limit(1).executeTakeFirst()
  return row ?? null
}

/** How many entries are not known to be in the store, at most: numbers that were never used are counted too. */
export async function waitingEntries({ db }: Catalog): Promise<number> {
  const unfinished = await fixed(db)
  const ids = await db
    .selectFrom('journal_entries')
    .select(({ fn }) => [fn.min('entry_id').as('first'), fn.max('entry_id').as('last')])
    .executeTakeFirst()
  const unfixed = ids === undefined || ids.first === null || ids.last === null ? 0 : ids.last - ids.first + 1
  return (unfinished === null ? 0 : entriesIn(unfinished.body)) + unfixed
}

/** The newest entry's id; 0 when none waits. */
async function lastEntry({ db }: Catalog): Promise<number> {
  const last = await db
    .selectFrom('journal_entries')
    .select(({ fn }) => fn.max('entry_id').as('entry_id'))
    .executeTakeFirst()
  return last?.entry_id ?? 0
}

async function waits({ db }: Catalog, upTo: number): Promise<boolean> {
  if (upTo === 0) return false
  return (await db.selectFrom('journal_entries').select('entry_id').where('entry_id', '<=', upTo).limit(1).executeTakeFirst()) !== undefined
}

interface FixedObject extends JournalHead {
  body: string
}

/** The object whose bytes are fixed and that may not be in the store yet: there is one at most, the last. */
async function fixed(db: Kysely<Tables>): Promise<FixedObject | null> {
  const objects = await db.selectFrom('journal_objects').select(['sequence', 'sha256', 'body']).where('body', 'is not', null).orderBy('sequence').execute()
  for (const { sequence, sha256, body } of objects) if (body !== null) return { sequence, sha256, body }
  return null
}

/** The first object that may not be in the store yet; if there is none, one is made of what waits. */
async function fixNext(catalog: Catalog, { signer, upTo }: { signer: JournalSigner | null; upTo: number }): Promise<FixedObject | 'unsigned' | null> {
  return unlessRebuilding(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'journal', ['head'])
    const unfinished = await fixed(tx)
    if (unfinished !== null) return unfinished
    // What a tombstone buries was told before it.
    const waiting = (isTombstone: boolean) =>
      tx
        .selectFrom('journal_entries')
        .selectAll()
        .where('entry_id', '<=', upTo)
        .where('kind', isTombstone ? 'in' : 'not in', TOMBSTONES)
        .orderBy('entry_id')
        .limit(ENTRIES_PER_OBJECT)
        .execute()
    const changes = await waiting(false)
    const entries = changes.length > 0 ? changes : await waiting(true)
    if (entries.length === 0) return null
    const head = (await tx.selectFrom('journal_objects').selectAll().orderBy('sequence', 'desc').limit(1).executeTakeFirst()) ?? null
    const atMs = await catalog.nowMs(tx)
    if (head !== null && head.key_id !== null && signer === null) return 'unsigned'
    const body = encodeObject(head, { holds: changes.length > 0 ? 'changes' : 'tombstones', atMs, entries, signer })
    const object = { sequence: (head?.sequence ?? 0) + 1, sha256: sha256Of(body) }
    await tx
      .insertInto('journal_objects')
      .values({ ...object, key_id: signer?.keyId ?? null, body, made_at_ms: atMs })
      .execute()
    for (const ids of inRows(entries.map((entry) => entry.entry_id))) await tx.deleteFrom('journal_entries').where('entry_id', 'in', ids).execute()
    return { ...object, body }
  })
}

/** Waits until somebody who signs has made an object of everything up to there. */
async function fixedByAnother(catalog: Catalog, upTo: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < SIGNER_WAIT_MS; waitedMs += LOOK_EVERY_MS) {
    if (!(await waits(catalog, upTo))) return
    await sleep(LOOK_EVERY_MS)
  }
  const head = await catalog.db.selectFrom('journal_objects').selectAll().orderBy('sequence', 'desc').limit(1).executeTakeFirst()
  throw new JournalError(
    journalKey((head?.sequence ?? 0) + 1),
    `is not written: the journal is signed with key ${head?.key_id ?? 'unknown'}, which is not here, and no recorder has written it`,
  )
}

async function put(store: JournalStore, { sequence, sha256, body }: FixedObject): Promise<void> {
  const key = journalKey(sequence)
  const outcome = await store.putIfAbsent({ key, body: new TextEncoder().encode(body), sha256, contentType: 'application/jsonl' })
  if (outcome.kind === 'written' || outcome.sha256 === sha256) return
  const there = await store.get(key)
  if (there !== null && sha256Of(there) === sha256) return
  throw new JournalError(
    key,
    'exists and says something else: the bucket holds the journal of another catalog. Two catalogs must not share a bucket; one that is lost is rebuilt with `twinreel catalog rebuild`',
  )
}

/** The head stays, for the next one to hang on. */
async function markWritten(catalog: Catalog, sequence: number): Promise<void> {
  await transact(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'journal', ['head'])
    await tx.updateTable('journal_objects').set({ body: null }).where('sequence', '=', sequence).execute()
    await tx.deleteFrom('journal_objects').where('sequence', '<', sequence).execute()
  })
}
