import { rmdir, unlink } from 'node:fs/promises'
import { faultOfKey } from '../key.ts'
import { type DeleteOutcome, StoreError } from '../port.ts'
import { codeOf, toStoreError, unless } from './failure.ts'
import { directoriesAbove, pathOf, syncDirectory, type DurableNames } from './place.ts'

const MOST = 1000
/** EISDIR: a directory has that name, so there is no such object. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR']

async function deleteFile(root: string, key: string): Promise<DeleteOutcome> {
  const fault = faultOfKey(key)
  if (fault !== null) return { key, deleted: false, error: fault, retriable: false }
  try {
    await unless(ABSENT, unlink(pathOf(root, key)), undefined)
    return { key, deleted: true }
  } catch (error) {
    const { message, retriable } = toStoreError(`object ${key}`, error)
    return { key, deleted: false, error: message, retriable }
  }
}

/** Removes the directories above that are empty now and makes it all durable. Never more than that: `rmdir` refuses where a put was faster. */
async function tidyAbove(root: string, path: string, names: DurableNames): Promise<void> {
  for (const directory of directoriesAbove(root, path)) {
    if (directory !== root) {
      try {
        await rmdir(directory)
        names.forget(directory)
        continue
      } catch (error) {
        if (codeOf(error) === 'ENOENT') continue
      }
    }
    // A loser against another delete: what it removed hangs in the next directory above.
    if (await syncDirectory(directory)) return
  }
}

export async function deleteFiles(root: string, keys: readonly string[], names: DurableNames): Promise<readonly DeleteOutcome[]> {
  if (keys.length > MOST) throw new StoreError(`a delete of ${keys.length} objects; ${MOST} is the most`, { retriable: false })
  const outcomes = await Promise.all(keys.map((key) => deleteFile(root, key)))
  // One object of each directory stands for all of it.
  const folders = new Map(outcomes.filter(({ deleted }) => deleted).map(({ key }) => [key.slice(0, key.lastIndexOf('/') + 1), key]))
  await Promise.all([...folders.values()].map((key) => tidyAbove(root, pathOf(root, key), names)))
  return outcomes
}
