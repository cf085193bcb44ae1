import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unless } from './failure.ts'

export const LINK_FAULT =
  'a symbolic link stands there or above it, which is no object: look where it leads, put the file itself in its place or take the link away'

const NONE: ReadonlySet<string> = new Set()

/** The names in a folder that are links, or that the folder itself is or lies below one. */
export type LinksIn = ReadonlySet<string> | 'below-a-link'

/** Answers of keys what links stand in their folder; looks at each folder once. */
export function linksIn(root: string): (key: string) => Promise<LinksIn> {
  const known = new Map<string, Promise<LinksIn>>()
  let realRoot: Promise<string> | null = null
  return (key) => {
    const folder = dirname(key)
    realRoot ??= realpath(root)
    const looked = known.get(folder) ?? realRoot.then((real) => look(root, real, folder))
    known.set(folder, looked)
    return looked
  }
}

async function look(root: string, realRoot: string, folder: string): Promise<LinksIn> {
  const path = join(root, folder)
  const real = await unless(['ENOENT', 'ENOTDIR'], realpath(path), null)
  if (real === null) return NONE
  if (real !== join(realRoot, folder)) return 'below-a-link'
  const entries = await unless(['ENOENT', 'ENOTDIR'], readdir(path, { withFileTypes: true }), [])
  const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => entry.name)
  return links.length === 0 ? NONE : new Set(links)
}
