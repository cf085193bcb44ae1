import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto'
import type { WireMessage } from './messages.ts'

/**
 * A media batch under a key of its call: what remains of it in the log can be read as long as the key exists, and never again. The attributes say
 * `encryption: A256GCM` and `keyid`; the value is a nonce of 12 bytes, never used twice under one key, the encrypted batch and the tag of 16 bytes (AES-256-GCM,
 * NIST SP 800-38D). Authenticated with it are the call's and the message's id, so that no batch passes for another.
 */
export interface SealedMedia {
  keyId: string
  /** Nonce, encrypted batch, tag. */
  bytes: Uint8Array
}

export const MEDIA_ENCRYPTION = 'A256GCM'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const utf8 = new TextEncoder()

/** An encoded media message as it goes to the log under this key. Its content type stays that of what is in it. */
export function sealMedia(message: WireMessage, { keyId, key }: { keyId: string; key: KeyObject }): WireMessage {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(authenticated(message.key, message.headers['ce_id'] ?? ''))
  const value = Buffer.concat([nonce, cipher.update(message.value), cipher.final(), cipher.getAuthTag()])
  return { key: message.key, headers: { ...message.headers, ce_encryption: MEDIA_ENCRYPTION, ce_keyid: keyId }, value }
}

/** The batch; `null` when it is not of this key, call and message, or was changed. */
export function openSealedMedia({ bytes }: SealedMedia, of: { callId: string; id: string; key: KeyObject }): Uint8Array | null {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', of.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(authenticated(of.callId, of.id))
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  const batch = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES))
  try {
    decipher.final()
    return batch
  } catch {
    return null
  }
}

/** Neither id holds a NUL. */
function authenticated(callId: string, id: string): Uint8Array {
  return utf8.encode(`${callId}\0${id}`)
}
