import { createHash } from 'node:crypto'

/** The register of goldens, beside them: file name → SHA-256 of its text. A line in it never changes and never goes. */
export const SHIPPED_FILE = 'shipped.json'

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The register with a line for every golden that has none yet; lines that are there stay as they are. */
export function withNewGoldens(files: ReadonlyMap<string, string>): string {
  const shipped: Record<string, string> = readShipped(files)
  for (const [file, text] of files) {
    if (file !== SHIPPED_FILE && !Object.hasOwn(shipped, file)) shipped[file] = sha256(text)
  }
  return `${JSON.stringify(Object.fromEntries(Object.entries(shipped).toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`
}

export function readShipped(files: ReadonlyMap<string, string>): Record<string, string> {
  return JSON.parse(files.get(SHIPPED_FILE) ?? '{}')
}
