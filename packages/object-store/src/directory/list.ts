import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { compareKeys, faultOfKey } from '../key.ts'
import { type ListedObject, type ListPage, type RemainingPage, StoreError } from '../port.ts'
import { unless } from './failure.ts'
import { pathOf } from './place.ts'
import { checkRoot, type Root } from './root.ts'
import { TEMPORARY, type Unfinished } from './temporary.ts'

const MOST = 1000
const STATS_AT_ONCE = 32
const GONE = ['ENOENT', 'ENOTDIR']

interface Wanted {
  prefix: string
  after: string
}

/** Whether keys that begin with `folder` (which ends in a slash, or is empty) can be wanted. */
function mayHold(folder: string, { prefix, after }: Wanted): boolean {
  const fits = folder.startsWith(prefix) || prefix.startsWith(folder)
  return fits && (after.startsWith(folder) || compareKeys(folder, after) > 0)
}

/** `everything`: links, and names that no key of ours can have, too. */
type Which = 'objects' | 'everything'

function isOurs(entry: Dirent): boolean {
  return !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory())
}

/**
 * Keys in order, one directory in memory per level. A directory sorts as its name with the slash, because that is how its
 * keys compare with its neighbours': `a-b` stands before `a/c`, `a0` after it.
 */
async function* walk(root: string, folder: string, wanted: Wanted, which: Which): AsyncGenerator<string> {
  const path = folder === '' ? root : pathOf(root, folder.slice(0, -1))
  const entries = await unless(GONE, readdir(path, { withFileTypes: true }), [])
  const names = entries
    .filter((entry) => (which === 'everything' ? folder + entry.name !== TEMPORARY : isOurs(entry)))
    .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .filter((name) => (name.endsWith('/') ? mayHold(name, wanted) : name.startsWith(wanted.prefix) && compareKeys(name, wanted.after) > 0))
    .toSorted(compareKeys)
  for (const name of names) {
    if (name.endsWith('/')) yield* walk(root, name, wanted, which)
    else if (which === 'everything' || faultOfKey(name) === null) yield name
  }
}

async function listed(root: string, key: string): Promise<ListedObject[]> {
  const entry = await unless(GONE, stat(pathOf(root, key)), null)
  return entry === null ? [] : [{ key, sizeBytes: entry.size, modifiedAtMs: Math.floor(entry.mtimeMs) }]
}

interface Asked {
  prefix: string
  after?: string
  limit?: number
}

/**
 * All that there is, also what no listing of objects shows, and under their keys the bytes of puts that are under way or were killed: nothing may be left unseen. Throws
 * when the root is not the one that was opened any more.
 */
export async function listRemaining(root: Root, asked: Asked, unfinishedNow: () => Promise<readonly Unfinished[]>): Promise<RemainingPage> {
  // These first: what has its key by the time they are looked at is found there.
  const [unfinished] = await Promise.all([unfinishedNow(), checkRoot(root)])
  const page = await listKeys(root.path, asked, 'everything')
  const { prefix, after = '' } = asked
  const hidden = unfinished.map(({ key }) => key).filter((key) => key.startsWith(prefix) && compareKeys(key, after) > 0)
  return hidden.length === 0 ? page : withHidden(page, hidden, asked)
}

function withHidden({ keys, next }: RemainingPage, hidden: readonly string[], { limit = MOST }: Asked): RemainingPage {
  const within = hidden.filter((key) => next === null || compareKeys(key, next) <= 0)
  const all = [...new Set([...keys, ...within])].toSorted(compareKeys)
  const first = all.slice(0, limit)
  return { keys: first, next: all.length > limit ? (first.at(-1) ?? null) : next }
}

/** Which keys there are, without a look at the files themselves. */
async function listKeys(root: string, { prefix, after = '', limit = MOST }: Asked, which: Which): Promise<RemainingPage> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new StoreError(`a listing of ${limit} objects; it takes 1 to ${MOST}`, { retriable: false })
  }
  // The walk begins at the deepest directory the prefix names; one that no key can have leads nowhere, least of all out of the root.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (folder !== '' && faultOfKey(folder.slice(0, -1)) !== null) return { keys: [], next: null }
  const keys: string[] = []
  for await (const key of walk(root, folder, { prefix, after }, which)) {
    if (keys.length === limit) return { keys, next: keys.at(-1) ?? null }
    keys.push(key)
  }
  return { keys, next: null }
}

export async function listFiles(root: string, asked: Asked): Promise<ListPage> {
  const { keys, next } = await listKeys(root, asked, 'objects')
  const objects: ListedObject[] = []
  for (let at = 0; at < keys.length; at += STATS_AT_ONCE) {
    const some = await Promise.all(keys.slice(at, at + STATS_AT_ONCE).map((key) => listed(root, key)))
    objects.push(...some.flat())
  }
  return { objects, next }
}
