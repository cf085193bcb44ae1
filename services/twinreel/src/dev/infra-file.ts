import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const INFRA = join(import.meta.dirname, '../../../../infra/local')

/** Path of a file of infra/local. */
export function infraPath(name: string): string {
  return join(INFRA, name)
}

/** Text of a file of infra/local. */
export function infraFile(name: string): string {
  return readFileSync(infraPath(name), 'utf8')
}
