import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { BEGIN_MS, DAY_MS, storeRecording, withStoredWorld } from '../testing/stored-recordings.ts'

const directory = scratchDirectory()
const data = ['--data', directory]
const at = ['--at', new Date(BEGIN_MS + 10 * DAY_MS).toISOString()]
const EXAMPLE = join(import.meta.dirname, '../../../../examples/prices.json')

beforeAll(async () => {
  await withStoredWorld(directory, async (world) => {
    await storeRecording(world, 'free', { size_bytes: 3 * 1_048_576 })
    await storeRecording(world, 'young', { ended_log_ms: BEGIN_MS + 9.5 * DAY_MS })
    await storeRecording(world, 'paid', { owner_id: 'bob', size_bytes: 1_073_741_824 })
    await storeRecording(world, 'other', { org_id: 'zeta', owner_id: 'cora' })
    await storeRecording(world, 'gone', { status: 'purged', claimed_at_ms: BEGIN_MS, purged_at_ms: BEGIN_MS })
  })
})

it('adds up what is stored, by each side for itself', async () => {
  const report = (await documentOf(0, 'retention', 'report', ...at, ...data)) as { total: object; groups: { by: string[]; rows: Record<string, unknown>[] }[] }
  expect(report.total).toEqual({ recordings: 4, objects: 8, sizeBytes: 1_073_741_824 + 3 * 1_048_576 + 2_000_000 })
  expect(report.groups.map(({ by, rows }) => [by, rows.map((row) => [row[by[0] ?? ''], row['recordings']])])).toEqual([
    [
      ['org'],
      [
        ['acme', 3],
        ['zeta', 1],
      ],
    ],
    [
      ['tier'],
      [
        ['standard', 1],
        ['go', 3],
      ],
    ],
    [
      ['age'],
      [
        ['under 1 day', 1],
        ['7 to 30 days', 3],
      ],
    ],
    [
      ['size'],
      [
        ['under 1 MiB', 2],
        ['1 to 10 MiB', 1],
        ['1 GiB and more', 1],
      ],
    ],
  ])
})

it('crosses sides when asked to, as values for a spreadsheet too', async () => {
  const { stdout } = await twinreel('retention', 'report', '--by', 'tier,org', '--csv', ...at, ...data)
  expect(stdout.split('\r\n')).toEqual([
    'by,org,tier,age,size,recordings,objects,size_bytes',
    'org+tier,acme,standard,,,1,2,1073741824',
    'org+tier,acme,go,,,2,4,4145728',
    'org+tier,zeta,go,,,1,2,1000000',
    '',
  ])
})

it('draws it for people', async () => {
  const { stdout } = await twinreel('retention', 'report', '--org', 'acme', ...at, ...data)
  expect(stdout).toMatch(/^stored: 1\.0 GiB, recordings: 3, objects: 6$/m)
  expect(stdout).toMatch(/│ standard │ +1 │ +2 │ 1\.0 GiB │ █{40} │\n│ go +│ +2 │ +4 │ 4\.0 MiB │ █ +│/)
  expect((await twinreel('retention', 'report', '--org', 'nobody', ...data)).stderr).toContain('organization nobody is unknown')
})

it('says what will be freed and paid for, and what that stands on', async () => {
  const forecast = (await documentOf(0, 'retention', 'report', '--forecast', '31d', '--prices', EXAMPLE, '--intake-days', '10', ...at, ...data)) as {
    assumptions: string[]
    days: { begins: string; stored: { recordings: number }; freed: { recordings: number }; added: { recordings: number }; cost: { storage: number } }[]
  }
  expect(forecast.assumptions.join('; ')).toContain('each day brings the average of the last 10 days: 0.4 recordings')
  expect(forecast.days).toHaveLength(31)
  // Two of 15 January go 20 days after the 25th, the young one 9.5 days later; what comes in on Go goes from the 31st day on.
  expect(forecast.days.map(({ freed }) => Math.round(freed.recordings * 10) / 10)).toEqual([...Array(20).fill(0), 2, ...Array(8).fill(0), 1, 0.4])
  expect(forecast.days[0]).toMatchObject({ begins: '2026-01-25T09:00:00.000Z', stored: { recordings: 4 } })
  const { stdout } = await twinreel('retention', 'report', '--forecast', '31d', '--csv', ...at, ...data)
  expect(stdout.split('\r\n')).toHaveLength(33)
  const people = await twinreel('retention', 'report', '--forecast', '31d', '--prices', EXAMPLE, ...at, ...data)
  expect(people.stdout).toMatch(/^- nothing new is recorded/m)
  expect(people.stdout).toMatch(/^2026-01-25 {2}█{40} 1\.0 GiB, 0\.0007 coins a day$/m)
})

it('says what is wrong with a file of prices, and where', async () => {
  const said = async (text: string): Promise<string> => {
    const path = join(directory, 'prices.json')
    writeFileSync(path, text)
    const { exitCode, stderr } = await twinreel('retention', 'report', '--forecast', '1d', '--prices', path, ...data)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('next: examples/prices.json is one that is right')
    return stderr
  }
  expect(await said('{')).toContain('it is no JSON')
  expect(await said('{"currency":"EUR","storagePerGibMonth":-1,"requestsPer1000":{"put":1,"list":1}}')).toMatch(
    /storagePerGibMonth: .*; requestsPer1000\.delete: /,
  )
})
