import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WrappingKeys } from '@twinreel/catalog/media-keys'
import { engineError, usageError } from '../command-error.ts'
import { wrappingKeysOf } from '../environment/media-keys.ts'
import type { Configuration } from '../environment/read-environment.ts'
import { writeSecret } from './write-secret.ts'

type Where = Pick<Configuration, 'media' | 'place'>

/** What the keys of encrypted calls are wrapped by: the configured keys, or, on one machine, the data directory's own, made where there is none. Throws a usage error on servers without. */
export function wrappingOf({ media, place }: Where): WrappingKeys {
  if (media.wrapping !== null) return media.wrapping
  if (place.kind !== 'embedded')
    throw usageError(
      'TWINREEL_MEDIA_WRAPPING_KEY_FILE is missing: the keys of encrypted calls are wrapped by it',
      'make one with `head -c 32 /dev/urandom | base64`',
    )
  const path = join(place.dataDir, 'media-wrapping.key')
  try {
    if (!existsSync(path)) writeSecret(path, `${randomBytes(32).toString('base64')}\n`)
  } catch (error) {
    // Another process was first, and its key counts.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readWrapping(path)
}

function readWrapping(path: string): WrappingKeys {
  try {
    return wrappingKeysOf(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw engineError(`${path} can’t be used: ${why}`, 'restore it from a backup', error)
  }
}
