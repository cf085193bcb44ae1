import type { PublicKey, SigningKey } from '@twinreel/service/signing-key'
import { trustedKeys, type TrustedKeys } from '@twinreel/service/trusted-keys'
import { usageError } from '../command-error.ts'
import type { Configuration } from '../environment/read-environment.ts'
import { keyOfDirectory, presentKeyOfDirectory } from './key-of-directory.ts'

/** With what manifests are signed, and by which keys they may have been. */
export interface Signing {
  signer: SigningKey
  trustedKeys: TrustedKeys
}

const MAKE_ONE = '`twinreel keys create --out FILE` makes one'

export function signing(signer: SigningKey, trusted: readonly PublicKey[]): Signing {
  return { signer, trustedKeys: trustedKeys([signer.publicKey, ...trusted]) }
}

/** What a recorder signs with: the configured key, or, on one machine, the data directory's, made where there is none. Throws a usage error without one. */
export function signingOf({ signing: { key, trusted }, place }: Pick<Configuration, 'signing' | 'place'>): Signing {
  if (key === null && place.kind !== 'embedded')
    throw usageError('TWINREEL_SIGNING_KEY_FILE is missing: a recorder signs what it records', `name a key in it; ${MAKE_ONE}`)
  return signing(key ?? keyOfDirectory(place.dataDir), trusted ?? [])
}

/**
 * The keys that are trusted: those configured, else, on one machine, the data directory's. On servers a usage error without any: nothing could be said of a
 * signature then.
 */
export function trustedKeysOf({ signing: { key, trusted }, place }: Pick<Configuration, 'signing' | 'place'>): TrustedKeys {
  const configured = [...(key === null ? [] : [key.publicKey]), ...(trusted ?? [])]
  if (configured.length > 0) return trustedKeys(configured)
  if (place.kind !== 'embedded')
    throw usageError(
      'no key is trusted, so no signature can be looked at',
      'name public keys with TWINREEL_TRUSTED_KEYS_FILE, or the recorders’ key with TWINREEL_SIGNING_KEY_FILE',
    )
  const own = presentKeyOfDirectory(place.dataDir)
  return trustedKeys(own === null ? [] : [own.publicKey])
}

/** Who signs the journal in this process: the configured key, on one machine else the data directory's; `null` leaves it to the recorders. */
export function journalSignerOf({ signing: { key }, place }: Pick<Configuration, 'signing' | 'place'>): SigningKey | null {
  return key ?? (place.kind === 'embedded' ? keyOfDirectory(place.dataDir) : null)
}

/** Who signs certificates of deletion, and with them the journal: the configured key, on one machine else the data directory's. Throws a usage error without one. */
export function retentionSignerOf({ signing: { key }, place }: Pick<Configuration, 'signing' | 'place'>): SigningKey {
  if (key !== null) return key
  if (place.kind === 'embedded') return keyOfDirectory(place.dataDir)
  throw usageError(
    'TWINREEL_SIGNING_KEY_FILE is missing: retention signs a certificate of each deletion',
    `name the recorders’ key in it, or one of its own whose public key is in TWINREEL_TRUSTED_KEYS_FILE of whoever checks; ${MAKE_ONE}`,
  )
}
