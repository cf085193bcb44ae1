import { CALL_COMMANDS } from '@twinreel/contracts/call-commands'
import { CALL_EVENTS } from '@twinreel/contracts/call-events'
import { DEAD_LETTERS, LIFECYCLE } from '@twinreel/contracts/lifecycle'
import { TOPICS, type Topic } from '@twinreel/contracts/topics'
import type { z } from 'zod'

/** One type in one version, as it is registered today. `schema` is null where the data is not JSON. */
export interface Registered {
  topic: Topic
  type: string
  version: number
  schema: z.ZodType | null
}

/** `call.answered.v1`: the CloudEvents type without its prefix, and the name of its files. */
export function shortName(registered: Registered): string {
  return `${registered.type}.v${registered.version}`
}

export const REGISTERED: readonly Registered[] = [
  ...table(TOPICS.calls, CALL_EVENTS),
  { topic: TOPICS.calls, type: 'media', version: 1, schema: null },
  ...table(TOPICS.callCommands, CALL_COMMANDS),
  ...table(TOPICS.recordings, LIFECYCLE),
  ...table(TOPICS.deadLetters, DEAD_LETTERS),
]

function table(topic: Topic, types: Readonly<Record<string, Readonly<Record<number, z.ZodType>>>>): Registered[] {
  return Object.entries(types).flatMap(([type, versions]) =>
    Object.entries(versions).map(([version, schema]) => ({ topic, type, version: Number(version), schema })),
  )
}
