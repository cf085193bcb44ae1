import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { usageError } from '../command-error.ts'
import { machineTrouble } from '../machine-trouble.ts'

/** Writes a file that is there whole or not at all, readable by its owner alone. One of that name is replaced. */
export async function writeWhole(path: string, write: (sink: (bytes: Uint8Array) => Promise<void>) => Promise<void>): Promise<void> {
  const { partial, handle } = await openPartial(path)
  try {
    await write(async (bytes) => {
      await handle.writeFile(bytes)
    })
    await handle.sync()
    await handle.close()
    await rename(partial, path)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(partial, { force: true })
    throw error
  }
}

/** Throws a usage error, before there is anything to write, if `writeWhole` could not write there. */
export async function mustBeWritable(path: string): Promise<void> {
  const { partial, handle } = await openPartial(path)
  await handle.close()
  await rm(partial, { force: true })
}

async function openPartial(path: string): Promise<{ partial: string; handle: FileHandle }> {
  const present = await stat(path).catch(() => null)
  if (present?.isDirectory() === true) throw usageError(`${path} is a directory`, 'name a file in it')
  const partial = `${path}.${process.pid}.partial`
  const handle = await open(partial, 'wx', 0o600).catch((error: unknown) => {
    throw usageError(`${path} can’t be written: ${problemOf(error, dirname(path))}`, 'name a file in a directory you may write to')
  })
  return { partial, handle }
}

function problemOf(error: unknown, directory: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return `there is no directory ${directory}`
  if (code === 'ENOTDIR') return `${directory} is no directory`
  return machineTrouble(error)?.what ?? (error instanceof Error ? error.message : String(error))
}
