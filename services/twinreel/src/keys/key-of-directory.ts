import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyError, newSigningKeyPem, signingKey, type SigningKey } from '@twinreel/service/signing-key'
import { engineError } from '../command-error.ts'
import { writeSecret } from './write-secret.ts'

/** Where a data directory keeps the key that signs its manifests, if the configuration names no other. */
export function keyFileOf(dataDir: string): string {
  return join(dataDir, 'signing-key.pem')
}

/** The data directory's key, made where there is none. Throws `CommandError` for a file that holds no key. */
export function keyOfDirectory(dataDir: string): SigningKey {
  const path = keyFileOf(dataDir)
  if (!existsSync(path)) {
    try {
      writeSecret(path, newSigningKeyPem())
    } catch (error) {
      // Another process was first, and its key counts.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw unusable(path, error)
    }
  }
  return readKey(path)
}

/** The data directory's key; `null` where there is none. */
export function presentKeyOfDirectory(dataDir: string): SigningKey | null {
  const path = keyFileOf(dataDir)
  return existsSync(path) ? readKey(path) : null
}

function readKey(path: string): SigningKey {
  try {
    return signingKey(readFileSync(path, 'utf8'))
  } catch (error) {
    throw unusable(path, error)
  }
}

function unusable(path: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error)
  return engineError(
    `signing key ${path} ${error instanceof KeyError ? why : `can’t be used: ${why}`}`,
    'restore it from a backup, or name another one with TWINREEL_SIGNING_KEY_FILE',
    error,
  )
}
