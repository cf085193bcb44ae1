import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bannedThings, staleAllowances } from './tidy/banned.ts'
import { fileShapes, machineTraces } from './tidy/files.ts'
import { deadFiles, wrongDirections } from './tidy/imports.ts'
import { brokenLinks } from './tidy/links.ts'
import { readTree, type Finding } from './tidy/source-file.ts'

const root = join(import.meta.dirname, '..')
const files = readTree(root)
const places = [root, join(homedir(), '/')].filter((place) => place.length > 1)

function expectNone(findings: readonly Finding[]): void {
  expect(findings.map(({ path, line, message }) => `${path}:${line} ${message}`)).toEqual([])
}

it('looks at the whole repository', () => {
  const paths = files.map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(['package.json', 'pnpm-lock.yaml', 'packages/contracts/src/media.ts', 'test/tidy.test.ts']))
  expect(paths.filter((path) => path.includes('node_modules'))).toEqual([])
})

it('finds nothing that is banned', () => expectNone(bannedThings(files)))
it('finds no allowance that has outlived its reason', () => expectNone(staleAllowances(files)))
it('finds files of a size and a name', () => expectNone(fileShapes(files)))
it('finds imports that point one way', () => expectNone(wrongDirections(files)))
it('finds no dead file', () => expectNone(deadFiles(files)))
it('finds no link that points nowhere', () => expectNone(brokenLinks(files, (path) => existsSync(join(root, path)))))
it('finds no trace of one machine', () => expectNone(machineTraces(files, places)))
