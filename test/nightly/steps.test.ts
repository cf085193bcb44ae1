import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chosen, durationOf, NIGHTLY, summaryOf } from './steps.ts'

test('every step names something that is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { scripts: Record<string, string> }
  for (const { name, command, variables } of NIGHTLY) {
    const [, , , how, what = ''] = command
    if (how === 'run') expect(Object.keys(scripts), name).toContain(what)
    for (const variable of variables) expect(variable).toMatch(/^[A-Z]+=\w+$/)
  }
  expect(new Set(NIGHTLY.map(({ name }) => name)).size).toBe(NIGHTLY.length)
})

test('a step that runs a part of the tests runs that part, and no other', () => {
  const root = join(import.meta.dirname, '../..')
  const parts = NIGHTLY.filter(({ command }) => command.includes('vitest'))
  expect(parts.map(({ name }) => name)).toEqual(['outages', 'purge', 'histories'])
  for (const { name, command } of parts) {
    const [, , , , program = '', , ...rest] = command
    const files = execFileSync(join(root, 'node_modules/.bin', program), ['list', '--filesOnly', ...rest], { cwd: root, encoding: 'utf8' })
    const [path = ''] = rest
    expect(
      files
        .trim()
        .split('\n')
        .filter((file) => !file.startsWith(path)),
      name,
    ).toEqual([])
  }
})

test('some of them can be chosen by name, in their own order', () => {
  expect(chosen(NIGHTLY, 'sim,purge').map(({ name }) => name)).toEqual(['purge', 'sim'])
  expect(() => chosen(NIGHTLY, 'purges')).toThrow('--only names "purges"; there are: planted, outages, purge')
})

test('the summary says of each whether it held, and names those that did not', () => {
  const lines = summaryOf([
    { name: 'purge', code: 0, tookMs: 1_201_000 },
    { name: 'sim', code: 1, tookMs: 59_000 },
  ])
  expect(lines.split('\n')).toEqual([
    expect.stringMatching(/^purge +ok +20 min 01 s$/),
    expect.stringMatching(/^sim +failed \(1\) +59 s$/),
    '1 of 2 hold; not: sim',
  ])
  expect(durationOf(3_599_600)).toBe('60 min 00 s')
})
