import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where programs of local servers are kept between runs and clones: `$XDG_CACHE_HOME/twinreel/servers`, else `~/.cache/twinreel/servers`. */
export function cacheRoot(env: Env): string {
  const xdg = env['XDG_CACHE_HOME']
  return join(xdg === undefined || xdg === '' ? join(homedir(), '.cache') : xdg, 'twinreel', 'servers')
}

/** An entry's directory, once it is complete. */
export function cached(root: string, key: string): string | null {
  const path = join(root, key)
  return existsSync(path) ? path : null
}

/**
 * The directory of an entry, made by `make` when it is not there yet. `make` fills a directory of its own, which gets its name only when it is complete: a run that is
 * killed leaves no half entry. Of two runs that start at once, the second waits for the first.
 */
export async function cacheEntry(root: string, key: string, make: (directory: string) => Promise<void>, onWait: () => void = () => {}): Promise<string> {
  const path = join(root, key)
  if (existsSync(path)) return path
  mkdirSync(root, { recursive: true })
  return await withFileLock(
    join(root, `${key}.lock`),
    async () => {
      if (existsSync(path)) return path
      const prefix = `.${key}-`
      // Whoever made these no longer does: it would hold the lock.
      for (const name of readdirSync(root)) if (name.startsWith(prefix)) rmSync(join(root, name), { recursive: true, force: true })
      const temporary = mkdtempSync(join(root, prefix))
      try {
        await make(temporary)
        renameSync(temporary, path)
      } finally {
        rmSync(temporary, { recursive: true, force: true })
      }
      return path
    },
    onWait,
  )
}
