import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs'

/** Writes a new file that its owner alone can read: there whole or not at all, and durable. Throws with the code EEXIST where something lies already. */
export function writeSecret(path: string, text: string): void {
  const aside = `${path}.${randomUUID()}.new`
  const file = openSync(aside, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(aside, path)
  } finally {
    unlinkSync(aside)
  }
}
