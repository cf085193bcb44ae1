import { stringify } from 'yaml'
import { asyncApi } from './asyncapi.ts'
import { jsonSchema } from './json-schema.ts'
import { REGISTERED, shortName } from './registry.ts'

const NOTICE = '# Generated from packages/contracts/src by `pnpm run docs`; change it there.\n'

/** Every generated document: its path below docs/asyncapi and its text. */
export function documents(): ReadonlyMap<string, string> {
  const schemas = REGISTERED.flatMap((registered) =>
    registered.schema === null
      ? []
      : [[`schemas/${shortName(registered)}.json`, `${JSON.stringify(jsonSchema(registered.schema, registered), null, 2)}\n`] as const],
  )
  return new Map([['asyncapi.yaml', NOTICE + stringify(asyncApi(), { aliasDuplicateObjects: false, lineWidth: 0 })], ...schemas])
}
