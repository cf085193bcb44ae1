import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A directory that is gone after the file's tests. */
export function scratchDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'twinreel-cli-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}
