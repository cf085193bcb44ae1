/**
 * The object store's port: whole objects by key, written once.
 *
 * What an adapter guarantees:
 * - `putIfAbsent` resolves only when the object is durable and complete; a reader sees all of it or nothing. Of two
 *   writers of one key exactly one is told `written`. The bytes are checked against `sha256` before they count.
 * - `head` never reads the object: its SHA-256 is the one the store wrote down at the put, or `null` when it writes none down
 *   (files have no room for it). Whoever wants to know that the bytes are still the same reads them and hashes for himself.
 * - `exists` answers the SHA-256 of what is there, if need be by reading it.
 * - Keys are parts joined by `/`: none empty, none that begins with a dot, no backslash or control character, at most 255 bytes
 *   a part and 1,024 in all; no key is also the folder of another. Anything else is an error, or a failed outcome of `deleteMany`.
 * - `deleteMany` answers per key; a missing key counts as deleted. It deletes exactly these keys, and what `remains` would find of them.
 * - Errors are `StoreError` with `retriable`.
 * - `list` and `remains` go in the order of keys: of their UTF-8 bytes, or, with some S3-compatible stores, of their UTF-16 code units. The two differ
 *   for characters beyond U+FFFF alone. Whichever it is, `after` goes by the same order.
 * What it need not do: overwrite, append, multipart, or order its listings otherwise.
 */

export interface PutOptions {
  key: string
  body: Uint8Array
  /** Lower-case hexadecimal SHA-256 of `body`. */
  sha256: string
  /** For stores that can serve an object directly; the others ignore it. */
  contentType: string
  /** Asked, without waiting, just before each request or system call that would write: if not, the put fails, retriable, and writes nothing from then on. */
  mayBegin?: () => boolean
  /** Aborted, a put under way is broken off as far as it can be, and fails, retriable. The object may have come to be all the same. */
  signal?: AbortSignal
}

export type PutOutcome = { kind: 'written' } | { kind: 'exists'; sha256: string | null; sizeBytes: number }

export interface ObjectHead {
  key: string
  sizeBytes: number
  /** `null` when the store keeps none for this object. */
  sha256: string | null
  modifiedAtMs: number
}

export interface ListedObject {
  key: string
  sizeBytes: number
  modifiedAtMs: number
}

export interface ListPage {
  objects: readonly ListedObject[]
  /** Pass as `after` for the next page; `null` at the end. */
  next: string | null
}

export interface RemainingPage {
  /** Each once. All that there are between `after` and `next`; the order among them says nothing. */
  keys: readonly string[]
  /** Pass as `after` for the next page; `null` at the end. */
  next: string | null
}

/** `found`: whether there was anything to delete; absent where the store does not tell. */
export type DeleteOutcome = { key: string; deleted: true; found?: boolean } | { key: string; deleted: false; error: string; retriable: boolean }

export interface ObjectStore {
  /**
   * `ignored`: the store has no conditional writes, so `putIfAbsent` can only look first and then put. Within one process it still keeps
   * its promise; of two processes that put one key at once both may be told `written`, and the later bytes stay. Whoever
   * writes must make sure just before that nobody else does.
   */
  readonly conditionalWrites: 'enforced' | 'ignored'
  /** Each operation is a request to a server, and a look at each of many objects costs more than deleting them. */
  readonly isRemote: boolean
  putIfAbsent(options: PutOptions): Promise<PutOutcome>
  /** `null` when there is no such object. */
  head(key: string): Promise<ObjectHead | null>
  /** The whole object, or the bytes `[start, endExclusive)` of it (clamped to its end, so perhaps none); `null` when there is no such object. */
  get(key: string, range?: { start: number; endExclusive: number }): Promise<Uint8Array | null>
  /** Keys that begin with `prefix` and come after `after`, by key; at most `limit` (1 to 1,000, default 1,000). */
  list(options: { prefix: string; after?: string; limit?: number }): Promise<ListPage>
  /**
   * Keys that begin with `prefix`, come after `after`, and of which anything is left: an object, or, where the store keeps versions, what a
   * deletion or a later put hides and a reader of versions can have back, or bytes that a killed put left; also under keys that this port's rules refuse. At most 1,000, and no more than `limit`
   * where the store can be told; none only when no more come. What can't be seen for lack of permission is an error.
   */
  remains(options: { prefix: string; after?: string; limit?: number }): Promise<RemainingPage>
  /**
   * At most 1,000 keys a call; more are an error, and nothing is deleted. With `quiet` a store need name only what it did not delete, which over a network costs less: whoever asks so
   * believes no outcome before `remains` finds nothing.
   */
  deleteMany(keys: readonly string[], options?: { quiet?: boolean }): Promise<readonly DeleteOutcome[]>
  close(): Promise<void>
}

export class StoreError extends Error {
  readonly retriable: boolean
  constructor(message: string, options: { retriable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'StoreError'
    this.retriable = options.retriable
  }
}

/** What a put fails with whose `mayBegin` said no. */
export function notBegun(): StoreError {
  return new StoreError('it may not be put any more', { retriable: true })
}
