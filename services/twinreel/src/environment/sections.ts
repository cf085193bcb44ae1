import type { Variables } from '@twinreel/service/variables'
import { DATABASE_VARIABLES } from './database.ts'
import { ENGINE_VARIABLES } from './engine.ts'
import { KAFKA_VARIABLES } from './kafka.ts'
import { PROCESS_VARIABLES, RECORDER_VARIABLES, RETENTION_VARIABLES } from './processes.ts'
import { S3_VARIABLES } from './s3.ts'
import { MEDIA_KEY_VARIABLES } from './media-keys.ts'
import { SIGNING_VARIABLES } from './signing.ts'

/** Every variable there is, in the order in which people read of them. */
export const SECTIONS: readonly { title: string; variables: Variables }[] = [
  { title: 'Engines', variables: ENGINE_VARIABLES },
  { title: 'Kafka', variables: KAFKA_VARIABLES },
  { title: 'S3', variables: S3_VARIABLES },
  { title: 'PostgreSQL', variables: DATABASE_VARIABLES },
  { title: 'Keys', variables: { ...SIGNING_VARIABLES, ...MEDIA_KEY_VARIABLES } },
  { title: 'Every process', variables: PROCESS_VARIABLES },
  { title: 'Recorder', variables: RECORDER_VARIABLES },
  { title: 'Retention', variables: RETENTION_VARIABLES },
]

/** The tables of docs/configuration.md. */
export function variableTables(): string {
  return SECTIONS.map(({ title, variables }) => {
    const rows = Object.entries(variables).map(
      ([name, { meaning, values, fallback, isOptional, isSecret }]) =>
        `| \`${name}\`${isSecret ? '<br>or `…_FILE`' : ''} | ${meaning} | ${values} | ${fallback === null ? (isOptional ? '–' : '**required**') : fallback === '' ? 'empty' : `\`${fallback}\``} |`,
    )
    return [`### ${title}`, '', '| variable | what | must be | default |', '|---|---|---|---|', ...rows].join('\n')
  }).join('\n\n')
}
