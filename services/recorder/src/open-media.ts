import type { KeyObject } from 'node:crypto'
import { findMediaKey, type WrappingKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import { MediaError, decodeMedia } from '@twinreel/contracts/media'
import type { CallEvent } from '@twinreel/contracts/messages'
import { openSealedMedia } from '@twinreel/contracts/sealed-media'
import type { CallState } from '@twinreel/recording/session/state'
import type { Patiently } from './patience.ts'

export type Opened = { ok: true; event: CallEvent } | { ok: false; reason: DeadLetterReason; detail: string }

/** A call has one key. More ids than these in one call are somebody's invention, and not remembered. */
const MOST_KEYS = 8

/** The keys of one call that were asked for; `null`: there is none of that id, and, because it can't be guessed, never will be. */
export type KnownKeys = Map<string, KeyObject | null>

/**
 * The message as the fold takes it: what is not encrypted is as it was. Nothing is waited for: a publisher has its key before it can name it, and then the
 * catalog has it too. Of a call that has not begun or is over none is asked for; to the fold that is a message without audio.
 */
export async function openMedia(
  event: CallEvent,
  state: CallState | null,
  of: { catalog: Catalog; wrappingKeys?: WrappingKeys; known: KnownKeys; patiently: Patiently },
): Promise<Opened> {
  if (event.type !== 'media' || event.sealed === undefined || state === null || state.phase === 'closed') return { ok: true, event }
  const { sealed, ...rest } = event
  const { callId, id } = event
  const key = of.known.get(sealed.keyId) ?? (await ask(sealed.keyId, callId, of))
  if (key === null) return { ok: false, reason: 'media-key-unknown', detail: 'the call has no key of that id' }
  const batch = openSealedMedia(sealed, { callId, id, key })
  if (batch === null) return { ok: false, reason: 'media-not-decrypted', detail: 'not encrypted under this key for this call and message id, or changed since' }
  try {
    return { ok: true, event: { ...rest, runs: decodeMedia(batch) } }
  } catch (error) {
    if (error instanceof MediaError) return { ok: false, reason: 'invalid-media', detail: error.message }
    throw error
  }
}

async function ask(
  keyId: string,
  callId: string,
  { catalog, wrappingKeys, known, patiently }: { catalog: Catalog; wrappingKeys?: WrappingKeys; known: KnownKeys; patiently: Patiently },
): Promise<KeyObject | null> {
  if (known.get(keyId) === null) return null
  const key = await patiently(() => findMediaKey(catalog, wrappingKeys ?? null, { callId, keyId }))
  if (known.size < MOST_KEYS) known.set(keyId, key)
  return key
}
