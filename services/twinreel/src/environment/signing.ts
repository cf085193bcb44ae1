import type { EnvironmentReader } from '@twinreel/service/config'
import { KeyError, publicKeys, signingKey, type PublicKey, type SigningKey } from '@twinreel/service/signing-key'
import { fileOf, optional } from '@twinreel/service/variables'

export const SIGNING_VARIABLES = {
  TWINREEL_SIGNING_KEY_FILE: optional(
    fileOf({
      meaning:
        'The key that signs manifests and certificates of deletion, of `twinreel keys create`. Recorders and retention on servers need it; on one machine `signing-key.pem` of the data directory is made and taken without it.',
      values: 'the path of a file with an Ed25519 private key in PEM (PKCS#8)',
      pattern: /-----BEGIN PRIVATE KEY-----/,
    }),
  ),
  TWINREEL_TRUSTED_KEYS_FILE: optional(
    fileOf({
      meaning:
        'Keys of which manifests and certificates may be signed, besides TWINREEL_SIGNING_KEY_FILE: those from before it was changed, or all of them where there is none. With it the data directory’s own key counts only if it is among them.',
      values: 'the path of a file with Ed25519 public keys in PEM, one after another',
      pattern: /-----BEGIN PUBLIC KEY-----/,
    }),
  ),
} as const

export interface SigningSettings {
  signing: {
    key: SigningKey | null
    /** `null`: none were named. */
    trusted: readonly PublicKey[] | null
  }
}

/** Notes what is wrong; what it answers is to be called when nothing is. */
export function readSigning(reader: EnvironmentReader): () => SigningSettings {
  const { TWINREEL_SIGNING_KEY_FILE: privatePem, TWINREEL_TRUSTED_KEYS_FILE: publicPems } = reader.read(SIGNING_VARIABLES)
  const key = readWith(reader, 'TWINREEL_SIGNING_KEY_FILE', privatePem, signingKey)
  const trusted = readWith(reader, 'TWINREEL_TRUSTED_KEYS_FILE', publicPems, publicKeys)
  return () => ({ signing: { key, trusted } })
}

function readWith<T>(reader: EnvironmentReader, name: string, text: string | null, read: (text: string) => T): T | null {
  if (text === null) return null
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    reader.fault(name, `names a file that ${error.message}`)
    return null
  }
}
