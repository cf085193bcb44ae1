import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openCatalog } from '@twinreel/catalog/open'
import { putHalt } from '@twinreel/catalog/retention-halts'
import { twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const scratch = scratchDirectory()

it('tells of a halt wherever somebody looks, and takes a confirmation by the number that it names', async () => {
  const data = join(scratch, 'data')
  await twinreel('--data', data, 'orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier')
  expect((await twinreel('--data', data, 'retention', 'halts')).stdout).toBe('retention is halted for no organization\n')
  const catalog = await openCatalog({ path: join(data, 'catalog.db') })
  await putHalt(catalog, { orgId: 'acme', dueCount: 4_312, totalCount: 5_000 })
  await catalog.close()

  const told = 'retention is halted for organization acme: 4312 of 5000 recordings would be deleted, and nothing explains it.'
  for (const words of [['halts'], ['due']]) expect((await twinreel('--data', data, 'retention', ...words)).stdout).toContain(told)
  const [halt] = JSON.parse((await twinreel('--data', data, '--json', 'retention', 'halts')).stdout) as unknown[]
  expect(halt).toMatchObject({ orgId: 'acme', dueCount: 4_312, totalCount: 5_000, confirmed: null, liftedAt: null })

  const confirm = (count: string) =>
    twinreel('--data', data, 'retention', 'confirm', '--org', 'acme', '--count', count, '--reason', 'on purpose', '--actor', 'ada')
  expect(await confirm('4311')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the halt of organization acme names 4312 recordings now, not 4311'),
  })
  expect(await confirm('4312')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('may delete 4312 recordings, as was confirmed; the next run does'),
  })
  expect(await confirm('4312')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('confirmed already') })
  expect((await twinreel('--data', data, 'retention', 'halts')).stdout).toMatch(/acme.*4312.*5000.*4312.*ada.*on purpose/)

  // Nothing is due any more.
  expect(await twinreel('--data', data, 'retention', 'run')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/halted +for no organization/) })
  expect((await twinreel('--data', data, 'retention', 'halts')).stdout).toBe('retention is halted for no organization\n')
  expect((await twinreel('--data', data, 'retention', 'halts', '--all')).stdout).toContain('on purpose')
}, 120_000)
