/** Who signed a manifest: `keyId` names the key, `value` is the Ed25519 signature (RFC 8032) in base64 (RFC 4648 §4). */
export interface ManifestSignature {
  algorithm: 'Ed25519'
  keyId: string
  value: string
}

/** Signs the bytes of a manifest without its last two lines. The same bytes give the same signature. */
export interface ManifestSigner {
  keyId: string
  /** Base64. */
  sign(bytes: Uint8Array): string
}

export interface SignedManifest {
  /** What is signed: every byte before the last two lines. */
  signedBytes: Uint8Array
  signature: ManifestSignature
}

/** The last two lines; nothing else may stand there, so that every bit of a manifest is either signed or looked at. */
const TAIL = /^ {2}"signature": \{ "algorithm": "Ed25519", "keyId": "([0-9a-f]{16})", "value": "([A-Za-z0-9+/]{85}[AQgw]==)" \}\n\}\n$/
const TAIL_BYTES = signatureLines({ algorithm: 'Ed25519', keyId: '0'.repeat(16), value: `${'A'.repeat(86)}==` }).length

/** The two lines with which a signed manifest ends. */
export function signatureLines({ algorithm, keyId, value }: ManifestSignature): string {
  return `  "signature": { "algorithm": "${algorithm}", "keyId": "${keyId}", "value": "${value}" }\n}\n`
}

/** Takes a manifest's bytes apart; `null` if they don't end with a signature. */
export function splitManifest(bytes: Uint8Array): SignedManifest | null {
  const at = bytes.length - TAIL_BYTES
  if (at < 1) return null
  const match = TAIL.exec(String.fromCharCode(...bytes.subarray(at)))
  if (match === null) return null
  // A match has both.
  const [, keyId = '', value = ''] = match
  return { signedBytes: bytes.subarray(0, at), signature: { algorithm: 'Ed25519', keyId, value } }
}

/** The public keys that are trusted. */
export interface ManifestKeys {
  /** `unknown-key`: none of them has the signature's id. `forged`: the key did not sign these bytes. */
  check(signed: SignedManifest): 'genuine' | 'unknown-key' | 'forged'
}

/** Whether both say the same and are signed, though it be by two keys: what a recorder finds that writes a manifest again after its key was changed. */
export function isSameManifest(present: Uint8Array, ours: Uint8Array, keys: ManifestKeys): boolean {
  const [theirs, own] = [splitManifest(present), splitManifest(ours)]
  if (theirs === null || own === null || theirs.signedBytes.length !== own.signedBytes.length) return false
  return theirs.signedBytes.every((byte, i) => byte === own.signedBytes[i]) && keys.check(theirs) === 'genuine'
}
