import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export type SimCommand =
  | { kind: 'help' }
  | { kind: 'planted'; name: string | null }
  | { kind: 'replay'; seed: number; trace: boolean; json: boolean }
  | { kind: 'explore'; from: number; seeds: number; forMs: number; jobs: number; json: boolean }

export const HELP = `Runs the whole of Twinreel on a virtual clock, with engines that fail by seed.

  sim --seed N            replays one seed; --trace tells every step
  sim --for 10m           explores seeds on all cores for so long (s, m or h)
  sim --seeds 200         explores so many seeds
  sim --planted [NAME]    plants the bugs of docs/planted-bugs.md, one at a time: each must be caught
      --from N            the first seed (default 1)
      --jobs N            processes at once (default: the number of cores)
      --json              one JSON document on standard output

Ends with 1 when something does not hold, when two runs of a seed differ, or when a kind of fault never fired.`

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

/** Throws an Error that says which option is wrong. */
export function readCommand(args: readonly string[]): SimCommand {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    args: args.filter((arg) => arg !== '--'),
    options: {
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      for: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      jobs: { type: 'string' },
      json: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { json } = values
  if (values.help) return { kind: 'help' }
  const [name = null, ...more] = positionals
  if (more.length > 0 || (name !== null && !values.planted)) throw new Error(`${positionals.at(-1)}: not expected here; see --help`)
  if (values.planted) return { kind: 'planted', name }
  if (values.seed !== undefined) return { kind: 'replay', seed: whole('--seed', values.seed, 0), trace: values.trace, json }
  if (values.trace) throw new Error('--trace goes with --seed N')
  if (values.for === undefined && values.seeds === undefined) throw new Error('one of --seed N, --for TIME and --seeds N is needed; see --help')
  return {
    kind: 'explore',
    from: values.from === undefined ? 1 : whole('--from', values.from, 0),
    seeds: values.seeds === undefined ? Infinity : whole('--seeds', values.seeds, 1),
    forMs: values.for === undefined ? Infinity : duration(values.for),
    jobs: values.jobs === undefined ? availableParallelism() : whole('--jobs', values.jobs, 1),
    json,
  }
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new Error(`${name} is ${JSON.stringify(text)}; it must be a whole number from ${least} on`)
  return value
}

function duration(text: string): number {
  const [, amount, unit] = /^(\d+)([smh])$/.exec(text) ?? []
  const unitMs = UNITS_MS[unit ?? '']
  if (amount === undefined || unitMs === undefined) throw new Error(`--for is ${JSON.stringify(text)}; it must be a time like 90s, 10m or 1h`)
  return Number(amount) * unitMs
}
