import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SECTIONS, variableTables } from './sections.ts'

const PAGE = join(import.meta.dirname, '../../../../docs/configuration.md')
const [BEGIN, END] = ['<!-- variables: begin -->\n', '<!-- variables: end -->\n']

/** `vitest run services/twinreel/src/environment -u` writes the tables into the page. */
test('docs/configuration.md has every variable, as the code has it', async () => {
  const page = await readFile(PAGE, 'utf8')
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  expect(after, `${PAGE} has a place for the tables`).toBeDefined()
  await expect(`${before}${BEGIN}\n${variableTables()}\n\n${END}${after}`).toMatchFileSnapshot(PAGE)
})

test('a meaning is a sentence or more, and a secret has no default', () => {
  for (const { variables } of SECTIONS)
    for (const [name, { meaning, isSecret, fallback }] of Object.entries(variables)) {
      expect(name).toMatch(/^TWINREEL_[A-Z0-9_]+$/)
      expect(meaning, name).toMatch(/^[A-Z].*\.$/)
      expect(meaning, name).not.toContain('|')
      if (isSecret) expect(fallback, name).toBeNull()
    }
})
