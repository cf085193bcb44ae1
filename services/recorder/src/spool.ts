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
      // Not flushed: it need not survive anything.
      await writeFile(path, Buffer.concat([cipher.update(body), cipher.final()]), { mode: 0o600 })
      const tag = cipher.getAuthTag()
      return async () => {
        const decipher = createDecipheriv('aes-256-gcm', key, iv)
        // What comes back altered is refused: the log has it still.
        decipher.setAuthTag(tag)
        const encrypted = await readFile(path)
        await rm(path, { force: true })
        return Buffer.concat([decipher.update(encrypted), decipher.final()])
      }
    },
    async close() {
      await rm(directory, { recursive: true, force: true })
    },
  }
}
