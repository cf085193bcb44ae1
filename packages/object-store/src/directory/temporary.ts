import { hash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, rmdir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, relative, sep } from 'node:path'
import { codeOf, unless } from './failure.ts'

/** Below the root; no key can begin with a dot. */
export const TEMPORARY = '.tmp'

/** The usual limit of file systems for a name, in bytes. */
const NAME_BYTES = 255

const HOST = hash('sha256', hostname()).slice(0, 8)
/** Tells this process from one that had its number before, as the only process of a container has at each start. */
const START = randomBytes(6).toString('hex')
const WRITER = /^([0-9a-f]{8})\.(\d+)\.([0-9a-f]{12})\.\d+\\/

let puts = 0

/** As many names as it takes, each but the last that of a folder. The later ones begin with a backslash: none is `..`. */
function inNames(text: string): string[] {
  if (Buffer.byteLength(text) <= NAME_BYTES) return [text]
  const names: string[] = []
  let name = ''
  let bytes = 0
  for (const character of text) {
    const more = Buffer.byteLength(character)
    if (bytes + more > NAME_BYTES) {
      names.push(name)
      name = '\\'
      bytes = 1
    }
    name += character
    bytes += more
  }
  return [...names, name]
}

function fromPath(path: string): string {
  return path.replaceAll(`${sep}\\`, '')
}

interface Temporary {
  path: string
  remove(): Promise<void>
}

/**
 * Writes the bytes durably to a file of their own, until they have their key. Its name tells the writer and the key, so that whoever wants nothing left of the key finds
 * them: no key has a backslash, so its slashes become such. `null`: somebody who took this writer for dead was faster.
 */
export async function writeTemporary(root: string, key: string, body: Uint8Array): Promise<Temporary | null> {
  const names = inNames(`${HOST}.${process.pid}.${START}.${++puts}\\${key.replaceAll('/', '\\')}`)
  const path = join(root, TEMPORARY, ...names)
  const folders = names.slice(1).map((_, n) => join(root, TEMPORARY, ...names.slice(0, n + 1)))
  const remove = async (): Promise<void> => {
    await unless(['ENOENT'], unlink(path), undefined)
    for (const folder of folders.toReversed()) await unless(['ENOENT'], rmdir(folder), undefined)
  }
  let isBegun = false
  try {
    for (const folder of folders) {
      await mkdir(folder, { mode: 0o700 })
      isBegun = true
    }
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile(body)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    // On a full disk each attempt would leave a piece behind, and take the room that was made.
    await remove()
    if (isBegun && codeOf(error) === 'ENOENT') return null
    throw error
  }
  return { path, remove }
}

/** What a put has written under a key and not taken away yet: it is under way, or its writer was killed. */
export interface Unfinished {
  key: string
  remove(): Promise<void>
}

/** All that there is of unfinished puts. What gets its key meanwhile may be missing, so whoever asks for that too looks there afterwards. */
export async function unfinishedPuts(root: string): Promise<readonly Unfinished[]> {
  const folder = join(root, TEMPORARY)
  const entries = await unless(['ENOENT'], readdir(folder, { withFileTypes: true }), [])
  const ours = entries.filter((entry) => WRITER.test(entry.name))
  const found = ours.map(async (entry) => {
    const top = join(folder, entry.name)
    const paths = entry.isDirectory() ? await filesBelow(top) : [top]
    const remove = (): Promise<void> => rm(top, { recursive: true, force: true })
    return paths.map((path) => ({ key: keyOf(fromPath(relative(folder, path))), remove }))
  })
  return (await Promise.all(found)).flat()
}

/** The same, one look for all who ask before it begins. */
export function sharedLooks(root: string): () => Promise<readonly Unfinished[]> {
  let next: Promise<readonly Unfinished[]> | null = null
  return () => {
    next ??= Promise.resolve().then(() => {
      next = null
      return unfinishedPuts(root)
    })
    return next
  }
}

function keyOf(name: string): string {
  return name.slice(name.indexOf('\\') + 1).replaceAll('\\', '/')
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await unless(['ENOENT'], readdir(folder, { recursive: true, withFileTypes: true }), [])
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Anything but "no such process" means that there is one, only not ours.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Whether a name in the folder of temporary files is that of a writer who is known to be dead. Of one on another host, or whose number somebody else has now, that is not known. */
export function isOfDeadWriter(name: string): boolean {
  const [, host, pid, start] = WRITER.exec(name) ?? []
  if (host !== HOST) return false
  return Number(pid) === process.pid ? start !== START : !isRunning(Number(pid))
}
