import type { AuditOptions } from '@twinreel/catalog/certificates'
import type { TrustedKeys } from '@twinreel/service/trusted-keys'

const VERDICT = { genuine: 'valid', forged: 'invalid', 'unknown-key': 'unknown-key' } as const

/** Checks signatures of certificates by the keys that are trusted here. */
export function certificateVerifier(keys: TrustedKeys): AuditOptions['verify'] {
  return ({ keyId, bytes, value }) => VERDICT[keys.check({ signedBytes: bytes, signature: { keyId, value } })]
}
