import { z } from 'zod'
import { scenarioDocumentSchema } from './language/document.ts'

/** The JSON Schema of scenario files, for editors: docs/scenario.schema.json. What lines say is checked by `scenario check` alone. */
export function scenarioSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(scenarioDocumentSchema, { io: 'input' })
  return `${JSON.stringify({ $schema, title: 'Twinreel scenario', ...rest }, null, 2)}\n`
}
