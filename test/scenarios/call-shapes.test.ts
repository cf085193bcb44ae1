import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const PAGE = join(import.meta.dirname, '../../docs/call-shapes.md')
const SHAPES = join(import.meta.dirname, 'shapes')

test('every shape on the page has its scenario, and every scenario its shape', () => {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| shape |'))
  const told = rows.map((row) => {
    const [, shape = ''] = row.split(' | ').map((cell) => cell.replace('| ', '').trim())
    const linked = [...row.matchAll(/\(\.\.\/test\/scenarios\/shapes\/([a-z-]+)\.scenario\.yaml\)/g)].map(([, name]) => name)
    expect(linked, `${shape}: one scenario`).toHaveLength(1)
    return linked[0]
  })
  const files = readdirSync(SHAPES).map((name) => name.replace('.scenario.yaml', ''))
  expect(new Set(told)).toEqual(new Set(files))
  expect(told).toHaveLength(files.length)
})
