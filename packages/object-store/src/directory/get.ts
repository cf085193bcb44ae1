import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { checkKey } from '../key.ts'
import { type ObjectHead, StoreError } from '../port.ts'
import { codeOf, unless } from './failure.ts'
import { LINK_FAULT } from './links.ts'
import { pathOf } from './place.ts'

const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']

function isLink(key: string): StoreError {
  return new StoreError(`object ${key}: ${LINK_FAULT}`, { retriable: false })
}

export async function headOfFile(root: string, key: string): Promise<ObjectHead | null> {
  checkKey(key)
  const entry = await unless(ABSENT, lstat(pathOf(root, key)), null)
  if (entry?.isSymbolicLink() === true) throw isLink(key)
  if (entry === null || !entry.isFile()) return null
  return { key, sizeBytes: entry.size, sha256: null, modifiedAtMs: Math.floor(entry.mtimeMs) }
}

async function readBetween(handle: FileHandle, key: string, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at)
    if (bytesRead === 0) throw new StoreError(`object ${key}: the file became shorter while it was read`, { retriable: false })
    at += bytesRead
  }
  return bytes
}

export async function readFileRange(root: string, key: string, range?: { start: number; endExclusive: number }): Promise<Uint8Array | null> {
  checkKey(key)
  const { start = 0, endExclusive = Infinity } = range ?? {}
  if (!Number.isSafeInteger(start) || start < 0 || !(endExclusive >= start)) {
    throw new StoreError(`object ${key}: there is no range from ${start} to ${endExclusive}`, { retriable: false })
  }
  const handle = await unless(ABSENT, open(pathOf(root, key), constants.O_RDONLY | constants.O_NOFOLLOW), null).catch((error: unknown) => {
    throw codeOf(error) === 'ELOOP' ? isLink(key) : error
  })
  if (handle === null) return null
  try {
    const entry = await handle.stat()
    if (!entry.isFile()) return null
    const end = Math.min(endExclusive, entry.size)
    return await readBetween(handle, key, Math.min(start, end), end)
  } finally {
    await handle.close()
  }
}
