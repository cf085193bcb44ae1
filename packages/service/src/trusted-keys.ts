import type { PublicKey } from './signing-key.ts'

/** Public keys by their ids. */
export interface TrustedKeys {
  keyIds: readonly string[]
  /** `unknown-key`: none of them has that id. `forged`: the key did not sign these bytes. */
  check(signed: { signedBytes: Uint8Array; signature: { keyId: string; value: string } }): 'genuine' | 'unknown-key' | 'forged'
}

export function trustedKeys(keys: readonly PublicKey[]): TrustedKeys {
  const byId = new Map(keys.map((key) => [key.keyId, key]))
  return {
    keyIds: [...byId.keys()],
    check({ signedBytes, signature }) {
      const key = byId.get(signature.keyId)
      if (key === undefined) return 'unknown-key'
      return key.verify(signedBytes, signature.value) ? 'genuine' : 'forged'
    },
  }
}
