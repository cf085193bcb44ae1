import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a directory and what is missing above it, one after the other. Node's own recursive mkdir never returns where the system says
 * ENOENT of a directory whose parent is there, as it does below /proc, and calls a read-only file system ENOENT. Throws the system's error.
 */
export function makeDirectory(path: string, options: { mode?: number } = {}): void {
  const missing: string[] = []
  for (let above = resolve(path); !isDirectory(above); above = dirname(above)) missing.push(above)
  for (const directory of missing.toReversed()) {
    try {
      mkdirSync(directory, options)
    } catch (error) {
      // Another process may have been faster.
      if (!isDirectory(directory)) throw error
    }
  }
}

/** A file answers no: making the directory then says what is in the way. Whatever is not merely missing is thrown. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
