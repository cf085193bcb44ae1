import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const scratch = scratchDirectory()
const LOOKING = [['recordings', 'list'], ['recordings', 'verify'], ['ledger'], ['users', 'list']]
const WRITING = [['serve'], ['simulate', '--seed', '1'], ['orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier']]

async function refused(exitCode: number, dataDir: string, ...args: string[]): Promise<string> {
  const ran = await twinreel(...args, '--data', dataDir)
  expect({ args, exitCode: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr }).toEqual({
    args,
    exitCode,
    stdout: '',
    stderr: expect.stringContaining('next: '),
  })
  return ran.stderr
}

function directory(name: string, { recordings }: { recordings: boolean }): string {
  const dataDir = join(scratch, name)
  mkdirSync(join(dataDir, recordings ? 'objects/recordings/acme' : 'objects'), { recursive: true })
  return dataDir
}

it('takes an empty catalog for no catalog', async () => {
  const dataDir = directory('empty', { recordings: false })
  writeFileSync(join(dataDir, 'catalog.db'), '')
  for (const args of LOOKING) expect(await refused(3, dataDir, ...args)).toContain(`catalog ${join(dataDir, 'catalog.db')} is empty`)
  new DatabaseSync(join(dataDir, 'catalog.db')).exec('pragma journal_mode = wal')
  expect(await refused(3, dataDir, 'recordings', 'list')).toContain('catalog.db is empty')
})

it.each(['empty', 'missing'])('begins no new catalog beside recordings when theirs is %s', async (state) => {
  const dataDir = directory(`lost-${state}`, { recordings: true })
  if (state === 'empty') writeFileSync(join(dataDir, 'catalog.db'), '')
  for (const args of [...LOOKING.slice(0, 1), ...WRITING]) {
    expect(await refused(3, dataDir, ...args)).toContain(`catalog.db is ${state}, but objects/recordings beside it holds recordings`)
  }
  expect(existsSync(join(dataDir, 'log.db'))).toBe(false)
})

it('takes no file for a data directory', async () => {
  const file = join(scratch, 'file')
  writeFileSync(file, 'minutes')
  for (const args of [...LOOKING, ...WRITING]) expect(await refused(2, file, ...args)).toContain(`${file} is no data directory`)
})

it.skipIf(process.getuid?.() === 0)('says what it may not do', async () => {
  const closed = directory('closed', { recordings: false })
  chmodSync(closed, 0)
  for (const args of [...LOOKING, ...WRITING]) expect(await refused(3, closed, ...args)).toContain('permission denied')
  for (const args of WRITING) expect(await refused(3, join(closed, 'below'), ...args)).toContain('permission denied')
  chmodSync(closed, 0o700)
})

it('refuses a truth directory that is a file before it writes anything', async () => {
  const dataDir = join(scratch, 'truth')
  const file = join(scratch, 'truth-file')
  writeFileSync(file, 'minutes')
  expect(await refused(2, dataDir, 'simulate', '--seed', '1', '--truth', file)).toContain(`--truth ${file} is no directory`)
  expect(existsSync(join(dataDir, 'catalog.db'))).toBe(false)
})
