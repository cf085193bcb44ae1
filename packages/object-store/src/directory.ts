import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { deleteFiles } from './directory/delete.ts'
import { toStoreError } from './directory/failure.ts'
import { headOfFile, readFileRange } from './directory/get.ts'
import { listFiles, listKeys } from './directory/list.ts'
import { putFile } from './directory/put.ts'
import { durableNames } from './directory/place.ts'
import { removeAbandoned, TEMPORARY } from './directory/temporary.ts'
import type { ObjectStore } from './port.ts'

async function named<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toStoreError(what, error)
  }
}

/**
 * Objects as plain files below `root`, created when missing, readable by its owner alone. Several processes may share it. The
 * file system must have hard links. Every error is a `StoreError` that names the object.
 */
export async function openDirectoryStore(options: { root: string }): Promise<ObjectStore> {
  const root = resolve(options.root)
  await named(
    `object directory ${root}`,
    mkdir(join(root, TEMPORARY), { recursive: true, mode: 0o700 }).then(() => removeAbandoned(root)),
  )
  const names = durableNames()
  return {
    conditionalWrites: 'enforced',
    putIfAbsent: (put) => named(`object ${put.key}`, putFile(root, put, names)),
    head: (key) => named(`object ${key}`, headOfFile(root, key)),
    get: (key, range) => named(`object ${key}`, readFileRange(root, key, range)),
    list: (what) => named(`objects ${what.prefix}*`, listFiles(root, what)),
    remains: (what) => named(`objects ${what.prefix}*`, listKeys(root, what)),
    deleteMany: (keys) => named(`a delete of ${keys.length} objects`, deleteFiles(root, keys, names)),
    close: async () => {},
  }
}
