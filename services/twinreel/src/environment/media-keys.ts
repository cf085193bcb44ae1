import { wrappingKeys, type WrappingKeys } from '@twinreel/catalog/media-keys'
import type { EnvironmentReader } from '@twinreel/service/config'
import { fileOf, optional, secret } from '@twinreel/service/variables'

const LINES = /^(?:[A-Za-z0-9+/]{43}=\s*){1,8}$/
const LEAST_TOKEN_CHARACTERS = 32

export const MEDIA_KEY_VARIABLES = {
  TWINREEL_MEDIA_WRAPPING_KEY_FILE: optional(
    fileOf({
      meaning:
        'Keys that wrap the keys of encrypted calls in the catalog; the first wraps new ones. Without it there is no encryption of media on servers; on one machine `media-wrapping.key` of the data directory is made when it is needed.',
      values: 'the path of a file with 32 random bytes in base64, or up to eight such lines',
      pattern: LINES,
    }),
  ),
  TWINREEL_MEDIA_KEY_TOKEN: optional(
    secret({
      meaning: `What publishers show to get a call’s key at \`/media-keys\`, at least ${LEAST_TOKEN_CHARACTERS} characters. Without it there is no such path.`,
    }),
  ),
} as const

export interface MediaKeySettings {
  media: { wrapping: WrappingKeys | null; token: string | null }
}

/** Notes what is wrong; what it answers is to be called when nothing is. */
export function readMediaKeys(reader: EnvironmentReader): () => MediaKeySettings {
  const { TWINREEL_MEDIA_WRAPPING_KEY_FILE: lines, TWINREEL_MEDIA_KEY_TOKEN: token } = reader.read(MEDIA_KEY_VARIABLES)
  if (token !== null && token.length < LEAST_TOKEN_CHARACTERS)
    reader.fault('TWINREEL_MEDIA_KEY_TOKEN', `must have at least ${LEAST_TOKEN_CHARACTERS} characters: it opens what was said`)
  const wrapping = lines === null || !LINES.test(lines) ? null : wrappingKeysOf(lines)
  return () => ({ media: { wrapping, token } })
}

/** From lines of base64. */
export function wrappingKeysOf(lines: string): WrappingKeys {
  return wrappingKeys(
    lines
      .trim()
      .split(/\s+/)
      .map((line) => Buffer.from(line, 'base64')),
  )
}
