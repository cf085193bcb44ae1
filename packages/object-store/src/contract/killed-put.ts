import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ObjectStore } from '../port.ts'
import { object } from './fixture.ts'

/** Puts, and leaves in the directory what a writer does that is killed when its bytes are written, before or after they have their key. */
export async function killedPut(root: string, store: ObjectStore, key: string, { hasKey = false } = {}): Promise<void> {
  const temporary = join(root, '.tmp')
  const kept = `${root}-kept`
  const mayBegin = (): boolean => {
    cpSync(temporary, kept, { recursive: true })
    return hasKey
  }
  await store.putIfAbsent({ ...object(key, 'speech'), mayBegin }).catch((error: unknown) => {
    if (hasKey) throw error
  })
  cpSync(kept, temporary, { recursive: true })
  rmSync(kept, { recursive: true })
}

/** How many names below the directory have the bytes of such puts. */
export function speechIn(root: string): number {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.filter((file) => readFileSync(join(file.parentPath, file.name), 'utf8') === 'speech').length
}
