import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto'
import type { Transaction } from 'kysely'
import { inTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { transact } from './transaction.ts'

/** A call's key for its media: whoever has it can read what the log holds of the call. */
export interface MediaKey {
  keyId: string
  key: KeyObject
}

/** Keys that wrap the calls' keys. The first wraps new ones; the others are from before it. */
export interface WrappingKeys {
  first: WrappingKey
  find(id: string): WrappingKey | undefined
}

interface WrappingKey {
  /** Of its hash: tells which one it was without telling anything of it. */
  id: string
  key: KeyObject
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A wrapping key is missing, so nothing can be read, though the key itself is there: it is for the operator to bring it back. */
class WrappingKeyError extends Error {
  constructor(id: string) {
    super(`a call’s media key is wrapped by key ${id}, which this process does not have: add it to TWINREEL_MEDIA_WRAPPING_KEY_FILE again`)
    this.name = 'WrappingKeyError'
  }
}

/** The call is over: a key made now would never be destroyed. */
export class CallOverError extends Error {
  constructor(callId: string) {
    super(`call ${callId} is over: it gets no media key any more`)
    this.name = 'CallOverError'
  }
}

/** From 32 bytes each, at least one. Throws RangeError. */
export function wrappingKeys(all: readonly Uint8Array[]): WrappingKeys {
  const keys = all.map((bytes): WrappingKey => {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`a wrapping key has ${KEY_BYTES} bytes, not ${bytes.length}`)
    return { id: createHash('sha256').update('twinreel wrapping key').update(bytes).digest('hex').slice(0, 16), key: createSecretKey(bytes) }
  })
  const [first] = keys
  if (first === undefined) throw new RangeError('no wrapping key')
  return { first, find: (id) => keys.find((key) => key.id === id) }
}

/**
 * The calls' keys by call id, made where there are none: asked twice, and by two at once, it is the same key. They are in the catalog when this resolves, so
 * whoever reads a message that names one finds it. Throws `CallOverError`.
 */
export async function mediaKeysFor(catalog: Catalog, wrapping: WrappingKeys, callIds: readonly string[]): Promise<Map<string, MediaKey>> {
  const nowMs = await catalog.nowMs()
  const keys = new Map<string, MediaKey>()
  for (const ids of inRows([...new Set(callIds)])) {
    await transact(catalog, async (tx) => {
      await inTurn(catalog.dialect, tx, 'call', ids)
      const over = await tx.selectFrom('calls').select('call_id').where('call_id', 'in', ids).where('ended_log_ms', 'is not', null).executeTakeFirst()
      if (over !== undefined) throw new CallOverError(over.call_id)
      const fresh = ids.map((callId) => {
        const keyId = randomUUID()
        return {
          call_id: callId,
          key_id: keyId,
          wrapped_key: wrap(randomBytes(KEY_BYTES), wrapping.first, callId, keyId),
          wrapped_by: wrapping.first.id,
          created_at_ms: nowMs,
        }
      })
      await tx
        .insertInto('media_keys')
        .values(fresh)
        .onConflict((oc) => oc.column('call_id').doNothing())
        .execute()
      for (const row of await tx.selectFrom('media_keys').selectAll().where('call_id', 'in', ids).execute())
        keys.set(row.call_id, { keyId: row.key_id, key: unwrap(row, wrapping) })
    })
  }
  return keys
}

/** The key of this id, if it is this call's; `null` when there is none: it was never made, or is destroyed. Throws `WrappingKeyError`. */
export async function findMediaKey(catalog: Catalog, wrapping: WrappingKeys | null, of: { callId: string; keyId: string }): Promise<KeyObject | null> {
  const row = await catalog.db.selectFrom('media_keys').selectAll().where('call_id', '=', of.callId).where('key_id', '=', of.keyId).executeTakeFirst()
  return row === undefined ? null : unwrap(row, wrapping)
}

/** Everything of these calls is durable: nobody needs what the log still holds of them. */
export async function destroyMediaKeys(tx: Transaction<Tables>, callIds: readonly string[]): Promise<void> {
  for (const ids of inRows(callIds)) await tx.deleteFrom('media_keys').where('call_id', 'in', ids).execute()
}

/** Destroys keys of calls that never came, or ended some other way: those made before `beforeMs`, by the catalog's clock, whose call is not known to go on. */
export async function destroyForgottenKeys(catalog: Catalog, beforeMs: number): Promise<void> {
  await catalog.db
    .deleteFrom('media_keys')
    .where('created_at_ms', '<', beforeMs)
    .where('call_id', 'not in', (eb) => eb.selectFrom('calls').select('calls.call_id').where('calls.ended_log_ms', 'is', null))
    .execute()
}

function wrap(key: Uint8Array, by: WrappingKey, callId: string, keyId: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', by.key, nonce)
  cipher.setAAD(Buffer.from(`${callId}\0${keyId}`))
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

function unwrap(row: Tables['media_keys'], wrapping: WrappingKeys | null): KeyObject {
  const by = wrapping?.find(row.wrapped_by)
  if (by === undefined) throw new WrappingKeyError(row.wrapped_by)
  const wrapped = Buffer.from(row.wrapped_key, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', by.key, wrapped.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(`${row.call_id}\0${row.key_id}`))
  decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG_BYTES))
  return createSecretKey(Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, wrapped.length - TAG_BYTES)), decipher.final()]))
}
