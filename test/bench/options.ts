import { parseArgs } from 'node:util'

export interface BenchOptions {
  engine: 'embedded' | 'kafka'
  quick: boolean
  strict: boolean
  json: boolean
  profile: boolean
  retention: boolean
}

export const HELP = `Measures what recording costs, against loops that move the same bytes in the same run.

  bench                    on the embedded engines
      --engine kafka       on Kafka, S3 and PostgreSQL
      --retention          instead: what purging costs, against a loop that deletes the same objects
      --profile            instead: where the recorder's time goes (with --engine kafka)
      --quick              a short run, too short to judge by
      --strict             ends with 1 when a goal is not reached; without it a busy machine is no fault of the code
      --json               one JSON document on standard output`

/** `null`: help is asked for. Throws an Error that says which option is wrong. */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      engine: { type: 'string', default: 'embedded' },
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      retention: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { engine, help, ...rest } = values
  if (help) return null
  if (engine !== 'embedded' && engine !== 'kafka') throw new Error(`--engine ${engine}: it is embedded or kafka`)
  if (rest.profile && engine === 'embedded') throw new Error('--profile needs --engine kafka')
  return { engine, ...rest }
}
