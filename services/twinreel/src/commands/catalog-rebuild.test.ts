import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { copied, objectPath, recordCalls, type Listed } from '../testing/recorded-calls.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'whole')
let recordings: Listed[]

beforeAll(async () => {
  // The journal's first object, before there is any call.
  await documentOf(0, 'orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier-1', '--data', dataDir)
  recordings = (await recordCalls(dataDir, { seed: 3, calls: 6 })).filter(({ status }) => status === 'completed')
}, 120_000)

/** A copy whose catalog is gone, with the first objects of its journal alone: those that were written before any call. */
function lost(name: string, { journaled }: { journaled: 'all' | 'first' }): string {
  const copy = copied(dataDir, name)
  for (const file of readdirSync(copy)) if (file.startsWith('catalog.db')) rmSync(join(copy, file))
  const journal = join(copy, 'objects/journal')
  if (journaled === 'first') for (const file of readdirSync(journal).toSorted().slice(1)) rmSync(join(journal, file))
  return copy
}

interface Rebuilt {
  fromManifests: number
  problems: { key: string; problem: string }[]
  signedBy: string | null
}

test('what the journal does not tell of is restored by its manifest if a trusted key signed that, else named and kept', async () => {
  const [changed, unsigned, ...others] = recordings
  if (changed === undefined || unsigned === undefined || others.length === 0) throw new Error('the seed gives too few recordings')
  const copy = lost('manifests', { journaled: 'first' })
  const [changedPath, unsignedPath] = [objectPath(copy, changed, 'manifest.json'), objectPath(copy, unsigned, 'manifest.json')]
  writeFileSync(changedPath, readFileSync(changedPath, 'utf8').replace(/"capturedMs": \d/, '"capturedMs": 9'))
  writeFileSync(unsignedPath, JSON.stringify({ ...(JSON.parse(readFileSync(unsignedPath, 'utf8')) as object), signature: undefined }))
  const report = (await documentOf(1, 'catalog', 'rebuild', '--data', copy)) as Rebuilt
  const problemOf = ({ recordingId }: Listed): string | undefined => report.problems.find(({ key }) => key.includes(recordingId))?.problem
  expect(problemOf(changed)).toMatch(/^was changed, .* not restored$/)
  expect(problemOf(unsigned)).toMatch(/^is not signed, .* not restored$/)
  expect(report.problems).toHaveLength(2)
  const after = (await documentOf(0, 'recordings', 'list', '--data', copy)) as Listed[]
  expect(after.map(({ recordingId }) => recordingId)).toEqual(expect.arrayContaining(others.map(({ recordingId }) => recordingId)))
  expect(after.map(({ recordingId }) => recordingId)).not.toEqual(expect.arrayContaining([changed.recordingId]))
  expect(report.fromManifests).toBe(after.length)
  expect(readFileSync(changedPath, 'utf8')).toContain('"capturedMs": 9')
}, 60_000)

test('a rebuild killed on its way leaves nothing due and says so; the next one ends it', async () => {
  const copy = lost('killed', { journaled: 'all' })
  const rebuild = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'catalog', 'rebuild', '--data', copy], { stdio: 'ignore' })
  const ended = once(rebuild, 'exit')
  // The journal is read in the first moments after the catalog's file is there.
  await expect.poll(() => readdirSync(copy), { interval: 1, timeout: 30_000 }).toContain('catalog.db-wal')
  rebuild.kill('SIGKILL')
  await ended
  const due = await twinreel('retention', 'due', '--data', copy)
  // Killed before its first transaction it left an empty catalog, which is refused as well; after its last there is nothing to refuse.
  if (due.exitCode !== 0) expect(due.stderr).toMatch(due.exitCode === 1 ? /is being rebuilt/ : /is empty, but .*rebuild it with `twinreel catalog rebuild`/s)
  if (due.exitCode !== 0) await documentOf(0, 'catalog', 'rebuild', '--data', copy)
  expect(await documentOf(0, 'recordings', 'list', '--data', copy)).toEqual(await documentOf(0, 'recordings', 'list', '--data', dataDir))
}, 60_000)
