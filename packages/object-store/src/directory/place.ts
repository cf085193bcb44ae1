import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unless } from './failure.ts'

/** Where an object lies. Keys are checked before they come here. */
export function pathOf(root: string, key: string): string {
  return join(root, ...key.split('/'))
}

/** The directories from the one that holds `path` up to the root, both included. */
function directoriesAbove(root: string, path: string): string[] {
  const directories: string[] = []
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    directories.push(directory)
    if (directory === root || directory === dirname(directory)) return directories
  }
}

/** Makes the names in a directory durable. Answers `false` when there is no such directory. */
export async function syncDirectory(directory: string): Promise<boolean> {
  const handle = await unless(['ENOENT'], open(directory, 'r'), null)
  if (handle === null) return false
  try {
    await handle.sync()
    return true
  } finally {
    await handle.close()
  }
}

/** Directories whose own names are known to be durable: a flush of each directory up to the root would cost more than the object. */
export interface DurableNames {
  has(directory: string): boolean
  add(directory: string): void
  /** The directory was made or removed: what was known of it and of what is below it no longer holds. */
  forget(directory: string): void
}

const MOST_NAMES = 10_000

export function durableNames(): DurableNames {
  const known = new Set<string>()
  return {
    has: (directory) => known.has(directory),
    add(directory) {
      if (known.size >= MOST_NAMES) known.clear()
      known.add(directory)
    },
    forget(directory) {
      known.delete(directory)
      for (const other of known) if (other.startsWith(`${directory}/`)) known.delete(other)
    },
  }
}

/** Makes the name at `path` durable, and those of the directories above it as far as that is not known already. */
export async function syncNames(root: string, path: string, names: DurableNames): Promise<void> {
  const synced: string[] = []
  for (const directory of directoriesAbove(root, path)) {
    await syncDirectory(directory)
    if (names.has(directory)) break
    synced.push(directory)
  }
  for (const directory of synced) names.add(directory)
}
