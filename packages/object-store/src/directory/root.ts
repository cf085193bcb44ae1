import { stat } from 'node:fs/promises'
import { StoreError } from '../port.ts'
import { unless } from './failure.ts'

/** The directory of the objects, as it was when it was opened. */
export interface Root {
  path: string
  /** Device and file number: another directory under its name, or a disk that is not mounted there any more, has others. */
  identity: string | null
}

export async function openRoot(path: string): Promise<Root> {
  return { path, identity: await identityOf(path) }
}

/** Throws unless the directory is there and is the one that was opened. */
export async function checkRoot({ path, identity }: Root): Promise<void> {
  const now = await identityOf(path)
  if (now === identity && now !== null) return
  throw new StoreError(
    now === null
      ? `object directory ${path} is gone: mount or restore it, and start again`
      : `object directory ${path} is another one than was opened: a disk was mounted or unmounted there, or it was replaced; put the right one there, and start again`,
    { retriable: false },
  )
}

async function identityOf(path: string): Promise<string | null> {
  const entry = await unless(['ENOENT', 'ENOTDIR'], stat(path, { bigint: true }), null)
  return entry === null ? null : `${entry.dev}/${entry.ino}`
}
