import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export const DOCS = join(import.meta.dirname, '../../../docs/asyncapi')
export const GOLDEN = join(import.meta.dirname, '../golden')

/** The files of a folder and below it by relative path; none when there is no such folder. */
export function filesOf(folder: string): Map<string, string> {
  try {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return new Map(
      names
        .map((entry) => join(entry.parentPath, entry.name))
        .toSorted()
        .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
}
