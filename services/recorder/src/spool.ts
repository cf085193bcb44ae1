import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where sealed audio waits while the store takes nothing. */
export interface Spool {
  /** Puts bytes aside; resolves to what brings them back, once. What the disk won't take stays in memory. */
  putAside(body: Uint8Array): Promise<() => Promise<Uint8Array>>
  /** Bytes that the disk would not take. */
  refusedBytes(): number
  /** Offers the disk again what it would not take. Not to be called while another call is under way. */
  tryAgain(): Promise<void>
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
  const refused = new Map<string, Uint8Array>()

  async function isTaken(path: string, encrypted: Uint8Array): Promise<boolean> {
    try {
      // Not flushed: it need not survive anything.
      await writeFile(path, encrypted, { mode: 0o600 })
      return true
    } catch {
      await rm(path, { force: true }).catch(() => undefined)
      return false
    }
  }

  return {
    refusedBytes: () => refused.values().reduce((sum, { length }) => sum + length, 0),
    async tryAgain() {
      const [oldest] = refused
      if (oldest === undefined) return
      const [path, encrypted] = oldest
      // What was brought back meanwhile is wanted no more.
      if ((await isTaken(path, encrypted)) && !refused.delete(path)) await rm(path, { force: true })
    },
    async putAside(body) {
      const path = join(directory, randomUUID())
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const encrypted = cipher.update(body)
      // Of a stream cipher nothing comes at the end; a copy of each segment is memory that nobody gets back soon.
      cipher.final()
      if (!(await isTaken(path, encrypted))) refused.set(path, encrypted)
      const tag = cipher.getAuthTag()
      return async () => {
        const decipher = createDecipheriv('aes-256-gcm', key, iv)
        // What comes back altered is refused: the log has it still.
        decipher.setAuthTag(tag)
        const stored = refused.get(path) ?? (await readFile(path))
        refused.delete(path)
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
