import { writeFileSync } from 'node:fs'
import { scenarioSchemaText } from '../src/schema-document.ts'

// Part of `pnpm run docs`.
writeFileSync(new URL('../../../docs/scenario.schema.json', import.meta.url), scenarioSchemaText())
