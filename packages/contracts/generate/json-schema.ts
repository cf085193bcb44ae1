import { z } from 'zod'
import { shortName, type Registered } from './registry.ts'
import { SUMMARIES } from './summaries.ts'

/** What a publisher must send (defaults not yet filled in) as JSON Schema 2020-12. */
export function jsonSchema(schema: z.ZodType, registered: Registered): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return { $schema, title: `io.twinreel.${shortName(registered)}`, description: summary(registered), ...rest }
}

export function summary({ type }: Registered): string {
  return Object.hasOwn(SUMMARIES, type) ? SUMMARIES[type as keyof typeof SUMMARIES] : ''
}
