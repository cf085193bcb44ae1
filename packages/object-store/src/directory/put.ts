import { hash } from 'node:crypto'
import { link, lstat, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkKey } from '../key.ts'
import { notBegun, type PutOptions, type PutOutcome, StoreError } from '../port.ts'
import { codeOf, unless } from './failure.ts'
import { LINK_FAULT } from './links.ts'
import { pathOf, syncNames, type DurableNames } from './place.ts'
import { writeTemporary } from './temporary.ts'

/** Each try loses against somebody who removed the emptied directory just then; that many in a row mean something else is wrong. */
const TRIES = 50

/** What is there under the key. It counts only once its name is durable, which its own writer may not have seen to yet. */
async function existing(root: string, key: string, names: DurableNames): Promise<PutOutcome | null> {
  const path = pathOf(root, key)
  const entry = await unless(['ENOENT'], lstat(path), null)
  if (entry === null) return null
  if (entry.isSymbolicLink()) throw new StoreError(`object ${key}: ${LINK_FAULT}`, { retriable: false })
  if (!entry.isFile()) throw new StoreError(`object ${key}: there are objects below this key, so it can't be one itself`, { retriable: false })
  const bytes = await unless(['ENOENT'], readFile(path), null)
  if (bytes === null) return null
  await syncNames(root, path, names)
  return { kind: 'exists', sha256: hash('sha256', bytes), sizeBytes: bytes.length }
}

/** Gives the bytes their name, unless somebody has it: `link` is atomic and never replaces. Answers `null` when the temporary file is gone. */
async function publish(root: string, { key, mayBegin }: PutOptions, temporary: string, names: DurableNames): Promise<PutOutcome | null> {
  const path = pathOf(root, key)
  for (let tries = 0; tries < TRIES; tries++) {
    if (mayBegin?.() === false) throw notBegun()
    try {
      await link(temporary, path)
      await syncNames(root, path, names)
      return { kind: 'written' }
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EEXIST') {
        const outcome = await existing(root, key, names)
        if (outcome !== null) return outcome
      } else if (code === 'ENOENT') {
        if ((await unless(['ENOENT'], stat(temporary), null)) === null) return null
        const made = await unless(['ENOENT'], mkdir(dirname(path), { recursive: true, mode: 0o700 }), undefined)
        if (made !== undefined) names.forget(made)
      } else if (code === 'ENOTDIR') {
        throw new StoreError(`object ${key}: a part of this key is an object itself`, { retriable: false, cause: error })
      } else {
        throw error
      }
    }
  }
  throw new StoreError(`object ${key}: its directory was removed ${TRIES} times while it was written`, { retriable: true })
}

/** Temporary file, fsync, link, fsync of the directories. Whatever happens in between, the object is there whole or not at all. */
export async function putFile(root: string, put: PutOptions, names: DurableNames): Promise<PutOutcome> {
  const { key, body, sha256 } = put
  checkKey(key)
  const actual = hash('sha256', body)
  if (actual !== sha256) throw new StoreError(`object ${key}: the bytes have SHA-256 ${actual}, not ${sha256}`, { retriable: false })
  for (let tries = 0; tries < TRIES; tries++) {
    const temporary = await writeTemporary(root, key, body)
    if (temporary === null) continue
    try {
      const outcome = await publish(root, put, temporary.path, names)
      if (outcome !== null) return outcome
    } finally {
      await temporary.remove()
    }
  }
  throw new StoreError(`object ${key}: its temporary file was removed ${TRIES} times`, { retriable: true })
}
