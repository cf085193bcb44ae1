import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { engineError } from '../command-error.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { ServerKind } from './server-spec.ts'

/** One server of a directory, running or not. */
export interface ServerRecord {
  directory: string
  ports: readonly number[]
  process: ProcessIdentity | null
}

/** What a directory of local servers knows about itself. */
export interface DevState {
  /** Password of all their users. */
  secret: string
  servers: Partial<Record<ServerKind, ServerRecord>>
}

const FILE = 'servers.json'

/** The state of a directory; a new one, with a secret of its own, where there is none. */
export function readState(directory: string): DevState {
  const path = join(directory, FILE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { secret: randomBytes(18).toString('base64url'), servers: {} }
    throw error
  }
  try {
    return JSON.parse(text) as DevState
  } catch (error) {
    throw engineError(`${path} is damaged`, 'end its servers by hand and delete the directory', error)
  }
}

/** Written whole or not at all, and readable by its owner alone: it holds the secret. */
export function writeState(directory: string, state: DevState): void {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, FILE)
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
