import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ServerKind } from '@twinreel/twinreel/dev/server-spec'

/** The variable that tells where a server of the kind is. */
export const ADDRESS_VARIABLES: Readonly<Record<ServerKind, string>> = {
  kafka: 'TWINREEL_TEST_KAFKA',
  s3: 'TWINREEL_TEST_S3',
  's3-other': 'TWINREEL_TEST_S3_OTHER',
  postgres: 'TWINREEL_TEST_POSTGRES',
}

export interface Wanted {
  /** Servers that these test files look for. */
  kinds: readonly ServerKind[]
  /** Whether one of them starts servers of its own. */
  hasPrivate: boolean
}

/** What test files need, by the names they and the files they import by path mention: most runs are of files that need none. */
export function wantedBy(testFiles: readonly string[]): Wanted {
  const seen = new Map<string, string>()
  const pending = [...testFiles]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path) || !existsSync(path)) continue
    const text = readFileSync(path, 'utf8')
    seen.set(path, text)
    for (const [, specifier = ''] of text.matchAll(/\bfrom '(\.[^']+)'/g)) pending.push(join(dirname(path), specifier))
  }
  const mentioned = new Set(
    [...seen].filter(([path]) => path !== import.meta.filename).flatMap(([, text]) => text.match(/\bTWINREEL_TEST_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []),
  )
  const kinds = (Object.keys(ADDRESS_VARIABLES) as ServerKind[]).filter((kind) => mentioned.has(ADDRESS_VARIABLES[kind]))
  return { kinds, hasPrivate: [...seen.keys()].some((path) => path.endsWith('/support/private-servers.ts')) }
}
