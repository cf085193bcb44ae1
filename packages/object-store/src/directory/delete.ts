import { rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { faultOfKey } from '../key.ts'
import { type DeleteOutcome, StoreError } from '../port.ts'
import { codeOf, toStoreError, unless } from './failure.ts'
import { linksIn, LINK_FAULT, type LinksIn } from './links.ts'
import { pathOf, syncDirectory, type DurableNames } from './place.ts'
import { checkRoot, type Root } from './root.ts'
import { TEMPORARY, unfinishedPuts, type Unfinished } from './temporary.ts'

const MOST = 1000
/** EISDIR: a directory has that name, so there is no such object. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR']

async function deleteFile(root: string, key: string, { links, unfinished }: { links: LinksIn; unfinished: readonly Unfinished[] }): Promise<DeleteOutcome> {
  const fault = faultOfKey(key)
  if (fault !== null) return { key, deleted: false, error: fault, retriable: false }
  try {
    // What is deleted is the name: of a link the bytes would stay, wherever they are.
    if (links === 'below-a-link' || links.has(basename(key))) return { key, deleted: false, error: LINK_FAULT, retriable: false }
    await Promise.all(unfinished.map((put) => put.remove()))
    const found = await unless(
      ABSENT,
      unlink(pathOf(root, key)).then(() => true),
      false,
    )
    return { key, deleted: true, found: found || unfinished.length > 0 }
  } catch (error) {
    const { message, retriable } = toStoreError(`object ${key}`, error)
    return { key, deleted: false, error: message, retriable }
  }
}

/**
 * Removes those of the directories that are empty now, and then those above them, and makes it all durable, each directory's names once. Never more
 * than that: `rmdir` refuses where a put was faster.
 */
async function tidy(root: string, emptied: ReadonlySet<string>, names: DurableNames): Promise<void> {
  const kept = new Set<string>()
  for (let level = emptied; level.size > 0;) {
    const above = new Set<string>()
    const removed = async (directory: string): Promise<void> => {
      if (directory === root || !(await remove(directory))) return void kept.add(directory)
      names.forget(directory)
      above.add(dirname(directory))
    }
    await Promise.all([...level].map(removed))
    level = above
  }
  await Promise.all([...kept].map((directory) => syncNearest(root, directory)))
}

/** `false`: something is in it. One that is gone was removed by another delete. */
async function remove(directory: string): Promise<boolean> {
  try {
    await rmdir(directory)
    return true
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
}

/** Where another delete has removed it meanwhile, what was removed hangs in the next directory above. */
async function syncNearest(root: string, directory: string): Promise<void> {
  for (let nearest = directory; !(await syncDirectory(nearest)) && nearest !== root;) nearest = dirname(nearest)
}

/** With what killed puts left under the keys. Throws when the root is not the directory that was opened any more: what is not there would count as deleted. */
export async function deleteFiles(root: Root, keys: readonly string[], names: DurableNames): Promise<readonly DeleteOutcome[]> {
  if (keys.length > MOST) throw new StoreError(`a delete of ${keys.length} objects; ${MOST} is the most`, { retriable: false })
  await checkRoot(root)
  const { path } = root
  const linksOf = linksIn(path)
  const unfinished = Map.groupBy(await unfinishedPuts(path), ({ key }) => key)
  const outcomes = await Promise.all(
    keys.map(async (key) => {
      const links = faultOfKey(key) === null ? await linksOf(key) : new Set<string>()
      return deleteFile(path, key, { links, unfinished: unfinished.get(key) ?? [] })
    }),
  )
  const emptied = new Set(outcomes.filter(({ deleted }) => deleted).map(({ key }) => dirname(pathOf(path, key))))
  // Puts don't make it durable that their temporary names are gone.
  await Promise.all([tidy(path, emptied, names), syncDirectory(join(path, TEMPORARY))])
  await checkRoot(root)
  return outcomes
}
