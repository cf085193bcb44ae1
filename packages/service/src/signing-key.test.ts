import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeyError, newSigningKeyPem, publicKeys, signingKey } from './signing-key.ts'
import { trustedKeys } from './trusted-keys.ts'

const BYTES = new TextEncoder().encode('what is signed')

test('a key signs so that anybody with its public half can tell, and is named by it', () => {
  const pem = newSigningKeyPem()
  const key = signingKey(pem)
  expect(key.sign(BYTES)).toBe(signingKey(pem).sign(BYTES))
  expect(verify(null, BYTES, createPublicKey(pem), Buffer.from(key.sign(BYTES), 'base64'))).toBe(true)
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  expect(key.keyId).toBe(createHash('sha256').update(der).digest('hex').slice(0, 16))
})

test('of several trusted keys the one that is named checks', () => {
  const [old, current, stranger] = [0, 1, 2].map(() => signingKey(newSigningKeyPem()))
  if (old === undefined || current === undefined || stranger === undefined) throw new Error('three keys')
  const trusted = trustedKeys(publicKeys(`of last year\n${old.publicKey.pem}\n${current.publicKey.pem}`))
  expect(trusted.keyIds).toEqual([old.keyId, current.keyId])
  const by = (key: typeof old, keyId = key.keyId) => ({ signedBytes: BYTES, signature: { keyId, value: key.sign(BYTES) } })
  expect(trusted.check(by(old))).toBe('genuine')
  expect(trusted.check(by(current))).toBe('genuine')
  expect(trusted.check(by(stranger))).toBe('unknown-key')
  expect(trusted.check(by(stranger, old.keyId))).toBe('forged')
  expect(trusted.check({ ...by(old), signedBytes: BYTES.subarray(1) })).toBe('forged')
})

test('what is no key, or another kind of key, is refused without being quoted', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 })
  const encrypted = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
  const ours = signingKey(newSigningKeyPem())
  for (const pem of ['', 'secret', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), encrypted.toString(), ours.publicKey.pem])
    expect(() => signingKey(pem)).toThrow(new KeyError('is not an Ed25519 key in PEM (BEGIN PRIVATE KEY)'))
  expect(() => publicKeys(rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow('is not an Ed25519 key in PEM (BEGIN PUBLIC KEY)')
  expect(() => publicKeys('')).toThrow('is not a list of public keys in PEM')
  expect(() => publicKeys(`${ours.publicKey.pem}-----BEGIN PUBLIC KEY-----\n`)).toThrow('is not a list of public keys in PEM')
  expect(() => publicKeys(`${ours.publicKey.pem}${newSigningKeyPem()}`)).toThrow('holds a private key')
})
