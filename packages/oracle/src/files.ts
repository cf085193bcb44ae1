import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A directory's files by their path below it, with slashes. */
export interface Files {
  list(): Promise<string[]>
  /** `null` when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
}

export function filesBelow(root: string): Files {
  return {
    async list() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(root.length)
            .split(/[\\/]/)
            .filter((part) => part !== '')
            .join('/'),
        )
        .toSorted()
    },
    async read(path) {
      try {
        return await readFile(join(root, path))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
  }
}

/** A copy with some files changed, added, or with `null` taken away. */
export function changed(files: Files, changes: ReadonlyMap<string, Uint8Array | null>): Files {
  return {
    async list() {
      const untouched = (await files.list()).filter((path) => !changes.has(path))
      return [...untouched, ...[...changes].flatMap(([path, bytes]) => (bytes === null ? [] : [path]))].toSorted()
    },
    async read(path) {
      const change = changes.get(path)
      return change === undefined ? files.read(path) : change
    },
  }
}
