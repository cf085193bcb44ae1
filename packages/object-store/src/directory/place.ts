import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unless } from './failure.ts'

/** Where an object lies. Keys are checked before they come here. */
export function pathOf(root: string, key: string): string {
  return join(root, ...key.split('/'))
}

/** The directories from the one that holds `path` up to the root, both included. */
export function directoriesAbove(root: string, path: string): string[] {
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
