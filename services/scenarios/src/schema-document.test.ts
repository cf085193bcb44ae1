import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scenarioSchemaText } from './schema-document.ts'

it('is the schema that editors are given', () => {
  const checkedIn = readFileSync(new URL('../../../docs/scenario.schema.json', import.meta.url), 'utf8')
  expect(checkedIn, 'run `npx -y pnpm@12 run docs`').toBe(scenarioSchemaText())
})
