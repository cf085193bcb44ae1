import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Every object of recordings below a directory store's root, by key, as its SHA-256. The journal tells when what happened, and is another each time. */
export function hashesBelow(root: string): Record<string, string> {
  return hashesOf(root, join(root, 'recordings'))
}

/** Every file below a directory, by its path from there, as its SHA-256; without what is still being written. */
export function filesBelow(directory: string): Record<string, string> {
  return hashesOf(directory, directory)
}

function hashesOf(root: string, directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes('/.tmp'))
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
  return Object.fromEntries(paths.map((path) => [relative(root, path), createHash('sha256').update(readFileSync(path)).digest('hex')]))
}
