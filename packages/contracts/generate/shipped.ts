import { createHash } from 'node:crypto'
import { z } from 'zod'

/** The register of goldens, beside them: file name → SHA-256 of its text. A line in it never changes and never goes. */
export const SHIPPED_FILE = 'shipped.json'

const shipped = z.record(z.string(), z.string())

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The register with a line for every golden that has none yet; lines that are there stay as they are. */
export function withNewGoldens(files: ReadonlyMap<string, string>): string {
  const lines = readShipped(files)
  for (const [file, text] of files) {
    if (file !== SHIPPED_FILE && !Object.hasOwn(lines, file)) lines[file] = sha256(text)
  }
  return `${JSON.stringify(Object.fromEntries(Object.entries(lines).toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`
}

export function readShipped(files: ReadonlyMap<string, string>): Record<string, string> {
  return shipped.parse(JSON.parse(files.get(SHIPPED_FILE) ?? '{}'))
}
