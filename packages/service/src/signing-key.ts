import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'

/** A private key that signs with Ed25519 (RFC 8032). */
export interface SigningKey {
  keyId: string
  publicKey: PublicKey
  /** Base64. The same bytes give the same signature. */
  sign(bytes: Uint8Array): string
}

export interface PublicKey {
  /** The first 16 hexadecimal digits of the SHA-256 of its DER SubjectPublicKeyInfo (RFC 8410 §4). */
  keyId: string
  /** PEM. */
  pem: string
  verify(bytes: Uint8Array, signature: string): boolean
}

/** A text that holds no key, or another kind of key. Its message holds nothing of the text. */
export class KeyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'KeyError'
  }
}

/** A new private key as PKCS#8 PEM (RFC 8410 §7). */
export function newSigningKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Throws `KeyError` for anything but one unencrypted Ed25519 private key in PKCS#8 PEM. */
export function signingKey(pem: string): SigningKey {
  const key = readKey(pem, 'PRIVATE KEY', createPrivateKey)
  const publicKey = publicKeyOf(createPublicKey(key))
  return { keyId: publicKey.keyId, publicKey, sign: (bytes) => sign(null, bytes, key).toString('base64') }
}

const PUBLIC_BLOCK = /-----BEGIN PUBLIC KEY-----[\sA-Za-z0-9+/=]+?-----END PUBLIC KEY-----/g

/** Every public key of a text, one after another in PEM; what stands between them is left out. Throws `KeyError` if there is none, or one of another kind. */
export function publicKeys(text: string): PublicKey[] {
  if (text.includes('PRIVATE KEY')) throw new KeyError('holds a private key, and is to hold public keys')
  const blocks = text.match(PUBLIC_BLOCK)
  if (blocks === null || blocks.length !== text.split('-----BEGIN').length - 1) throw new KeyError('is not a list of public keys in PEM')
  return blocks.map((block) => publicKeyOf(readKey(block, 'PUBLIC KEY', createPublicKey)))
}

function publicKeyOf(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' })
  return {
    keyId: createHash('sha256').update(der).digest('hex').slice(0, 16),
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    verify: (bytes, signature) => verify(null, bytes, key, Buffer.from(signature, 'base64')),
  }
}

function readKey(pem: string, label: string, create: (pem: string) => KeyObject): KeyObject {
  const key = created(pem.includes(`-----BEGIN ${label}-----`) ? pem : '', create)
  if (key?.asymmetricKeyType !== 'ed25519') throw new KeyError(`is not an Ed25519 key in PEM (BEGIN ${label})`)
  return key
}

function created(pem: string, create: (pem: string) => KeyObject): KeyObject | null {
  try {
    return create(pem)
  } catch {
    // Whatever OpenSSL says of it may quote it.
    return null
  }
}
