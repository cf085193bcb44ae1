import type { KeyObject } from 'node:crypto'
import { findMediaKey, type WrappingKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import { decodeCallEvent } from '@twinreel/contracts/messages'
import { openSealedMedia } from '@twinreel/contracts/sealed-media'
import type { CapturedMessage } from '../capture/capture.ts'

export interface OpenedMessages {
  messages: CapturedMessage[]
  /** Encrypted media whose key is not there: it was destroyed with the call's end, or never was. */
  unopened: number
}

/** A call has one key; more ids than these are somebody's invention. */
const MOST_KEYS = 8

/**
 * The messages with their media as it was before it was encrypted, where the call's key is still there. What a key does not open stays as it is: it was
 * refused then. Throws the catalog's `WrappingKeyError` when the key is there and can't be unwrapped.
 */
export async function openSealed(
  messages: readonly CapturedMessage[],
  { callId, catalog, wrapping }: { callId: string; catalog: Catalog; wrapping(): WrappingKeys | null },
): Promise<OpenedMessages> {
  const keys = new Map<string, KeyObject | null>()
  let unopened = 0
  const opened: CapturedMessage[] = []
  for (const message of messages) {
    const sealed = sealedOf(callId, message)
    if (sealed === null) {
      opened.push(message)
      continue
    }
    const { keyId, bytes, id } = sealed
    if (!keys.has(keyId) && keys.size < MOST_KEYS) keys.set(keyId, await findMediaKey(catalog, wrapping(), { callId, keyId }))
    const key = keys.get(keyId) ?? null
    const batch = key === null ? null : openSealedMedia({ keyId, bytes }, { callId, id, key })
    if (key === null) unopened += 1
    opened.push(batch === null ? message : { ...message, headers: plainHeaders(message.headers), value: batch, sizeBytes: batch.length })
  }
  return { messages: opened, unopened }
}

function sealedOf(callId: string, { headers, value }: CapturedMessage): { keyId: string; bytes: Uint8Array; id: string } | null {
  if (value === null || headers['ce_encryption'] === undefined) return null
  const decoded = decodeCallEvent({ key: callId, headers, value })
  if (!decoded.ok || decoded.message.type !== 'media' || decoded.message.sealed === undefined) return null
  return { ...decoded.message.sealed, id: decoded.message.id }
}

/** What of the headers says that the media is encrypted goes. */
export function plainHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { ce_encryption: _, ce_keyid: __, ...plain } = headers
  return plain
}
