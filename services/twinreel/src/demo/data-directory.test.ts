import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { freshDataDirectory } from './data-directory.ts'

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'twinreel-demo-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

it('makes a directory, and empties it the next time', () => {
  const dataDir = join(directory(), 'demo')
  expect(freshDataDirectory(dataDir)).toBe(dataDir)
  const [mark] = readdirSync(dataDir)
  writeFileSync(join(dataDir, 'catalog.db'), 'of the last demo')
  freshDataDirectory(dataDir)
  expect(readdirSync(dataDir)).toEqual([mark])
})

it('takes an empty directory', () => {
  const dataDir = directory()
  freshDataDirectory(dataDir)
  expect(readdirSync(dataDir)).toHaveLength(1)
})

it('refuses a directory with anything in it that no demo made, and leaves it alone', () => {
  const dataDir = directory()
  writeFileSync(join(dataDir, 'catalog.db'), 'somebody’s')
  expect(() => freshDataDirectory(dataDir)).toThrow(`${dataDir} is not empty, and no demo made it`)
  expect(existsSync(join(dataDir, 'catalog.db'))).toBe(true)
})
