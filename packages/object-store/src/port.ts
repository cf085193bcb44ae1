/**
 * The object store's port: whole objects by key, written once.
 *
 * What an adapter guarantees:
 * - `putIfAbsent` resolves only when the object is durable and complete; a reader sees all of it or nothing. Of two
 *   writers of one key exactly one is told `written`. The bytes are checked against `sha256` before they count.
 * - `head` answers the SHA-256 of the stored bytes as written down by the store at the put, without reading them.
 * - `deleteMany` answers per key; a missing key counts as deleted. It deletes exactly these keys.
 * - Errors are `StoreError` with `retriable`.
 * What it need not do: overwrite, append, multipart, or order its listings other than by key (code unit order of the key's UTF-8 bytes).
 */

export interface PutOptions {
  key: string
  body: Uint8Array
  /** Lower-case hexadecimal SHA-256 of `body`. */
  sha256: string
  contentType: string
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

export type DeleteOutcome = { key: string; deleted: true } | { key: string; deleted: false; error: string; retriable: boolean }

export interface ObjectStore {
  putIfAbsent(options: PutOptions): Promise<PutOutcome>
  /** `null` when there is no such object. */
  head(key: string): Promise<ObjectHead | null>
  /** The whole object, or the bytes `[start, endExclusive)` of it (clamped to its end); `null` when there is no such object. */
  get(key: string, range?: { start: number; endExclusive: number }): Promise<Uint8Array | null>
  /** Keys that begin with `prefix` and come after `after`, by key; at most `limit` (default 1,000). */
  list(options: { prefix: string; after?: string; limit?: number }): Promise<ListPage>
  /** At most 1,000 keys a call. */
  deleteMany(keys: readonly string[]): Promise<readonly DeleteOutcome[]>
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
