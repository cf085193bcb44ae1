import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where sealed audio waits while the store takes nothing. */
export interface Spool {
  /** Puts bytes aside; resolves to what brings them back, once. */
  putAside(body: Uint8Array): Promise<() => Promise<Uint8Array>>
  close(): Promise<void>
}

/**
 * A directory of encrypted files under a key that lives in this process alone: what a killed process leaves behind is noise, and nobody
 * misses it, because the log is the truth. Takes over the directory: whatever lies in it is removed.
 */
export async function openSpool(directory: string): Promise<Spool> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true })
  const key = randomBytes(32)
  return {
    async putAside(body) {
      const path = join(directory, randomUUID())
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const encrypted = cipher.update(body)
      // Of a stream cipher nothing comes at the end; a copy of each segment is memory that nobody gets back soon.
      cipher.final()
      // Not flushed: it need not survive anything.
      await writeFile(path, encrypted, { mode: 0o600 })
      const tag = cipher.getAuthTag()
      return async () => {
        const decipher = createDecipheriv('aes-256-gcm', key, iv)
        // What comes back altered is refused: the log has it still.
        decipher.setAuthTag(tag)
        const stored = await readFile(path)
        await rm(path, { force: true })
        const back = decipher.update(stored)
        decipher.final()
        return back
      }
    },
    async close() {
      await rm(directory, { recursive: true, force: true })
    },
  }
}
