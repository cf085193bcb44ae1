import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { deleteFiles } from './directory/delete.ts'
import { toStoreError } from './directory/failure.ts'
import { headOfFile, readFileRange } from './directory/get.ts'
import { listFiles, listRemaining } from './directory/list.ts'
import { putFile } from './directory/put.ts'
import { durableNames } from './directory/place.ts'
import { openRoot, type Root } from './directory/root.ts'
import { keepSwept, type SweepTimes } from './directory/sweep.ts'
import { sharedLooks, TEMPORARY } from './directory/temporary.ts'
import type { ObjectStore } from './port.ts'

async function named<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toStoreError(what, error)
  }
}

async function openSwept(root: string, times: SweepTimes): Promise<{ opened: Root; endSweeps: () => Promise<void> }> {
  await mkdir(join(root, TEMPORARY), { recursive: true, mode: 0o700 })
  const opened = await openRoot(root)
  return { opened, endSweeps: await keepSwept(root, times) }
}

/**
 * Objects as plain files below `root`, created when missing, readable by its owner alone. Several processes may share it. The
 * file system must have hard links. Every error is a `StoreError` that names the object. A symbolic link below the root is no object: it is neither read nor
 * deleted, and `remains` shows it. The root itself may be one. What puts leave that are killed is removed on opening and while the store is open, and sooner where it is in a
 * deletion's way: `remains` shows it under its key, and `deleteMany` takes it.
 */
export async function openDirectoryStore(options: { root: string } & SweepTimes): Promise<ObjectStore> {
  const root = resolve(options.root)
  const { opened, endSweeps } = await named(`object directory ${root}`, openSwept(root, options))
  const names = durableNames()
  const unfinishedNow = sharedLooks(root)
  return {
    conditionalWrites: 'enforced',
    isRemote: false,
    putIfAbsent: (put) => named(`object ${put.key}`, putFile(root, put, names)),
    head: (key) => named(`object ${key}`, headOfFile(root, key)),
    get: (key, range) => named(`object ${key}`, readFileRange(root, key, range)),
    list: (what) => named(`objects ${what.prefix}*`, listFiles(root, what)),
    remains: (what) => named(`objects ${what.prefix}*`, listRemaining(opened, what, unfinishedNow)),
    deleteMany: (keys) => named(`a delete of ${keys.length} objects`, deleteFiles(opened, keys, names)),
    close: endSweeps,
  }
}
