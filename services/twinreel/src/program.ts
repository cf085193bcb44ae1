import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { usageError } from './command-error.ts'
import { configurationOf } from './configuration-of.ts'
import type { Configuration } from './environment/read-environment.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { explain } from './explain.ts'
import packageJson from '../package.json' with { type: 'json' }
import { createOutput, printError, type Output } from './output.ts'
import type { Place } from './place.ts'

interface Globals {
  data?: string
  engine?: 'embedded' | 'kafka'
  json?: boolean
}

/** What every command is given. */
export interface Context {
  configuration: Configuration
  place: Place
  dataDir: string
  /** What `--data` said, if it was there. */
  givenDataDir: string | undefined
  output: Output
}

/** The command without its subcommands. */
export function createProgram(): Command {
  return new Command('twinreel')
    .version(packageJson.version, '--version')
    .description('Open, self-hosted call recording: two streams in, policy applied, sample-exact recordings in object storage.')
    .option('--data <dir>', 'directory of the embedded engines (default: $TWINREEL_DATA, else ./data)')
    .addOption(
      new Option(
        '--engine <engine>',
        'the engines: embedded in one directory, or Kafka, S3 and PostgreSQL as TWINREEL_… variables name them (default: $TWINREEL_ENGINE, else embedded)',
      ).choices(['embedded', 'kafka']),
    )
    .option('--json', 'print one JSON document on stdout and nothing else there')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done · 1 the thing checked does not hold · 2 wrong usage or configuration · 3 an engine is unreachable or damaged
Times are ISO 8601 UTC.

Example:
  $ twinreel demo`,
    )
}

/** A subcommand with its example. */
export function addCommand(parent: Command, name: string, description: string, example: string): Command {
  const [summary = ''] = description.split(/[.:;](?: |$)/)
  return parent.command(name).helpCommand(false).summary(summary).description(description).addHelpText('after', `\nExample:\n  $ ${example}`)
}

/** An action of a command: its options, typed as the command declared them, and its operands; answers the exit code. */
export function action(run: (context: Context, options: never, operands: readonly string[]) => Promise<number>): (...given: unknown[]) => Promise<void> {
  return acting(async (command, { data, engine, json }) => {
    const configuration = await configurationOf({ data, engine }, process.env)
    const { place } = configuration
    const context = { configuration, place, dataDir: place.dataDir, givenDataDir: data, output: createOutput({ json: json === true }) }
    return run(context, command.opts<never>(), command.args)
  })
}

/** The same for a command that uses no engines, and so works whatever the environment says of them. */
export function plainAction(
  run: (context: Pick<Context, 'dataDir' | 'output'>, options: never, operands: readonly string[]) => Promise<number>,
): (...given: unknown[]) => Promise<void> {
  return acting(async (command, { data, json }) => {
    const dataDir = resolve(data ?? (process.env['TWINREEL_DATA'] || 'data'))
    return run({ dataDir, output: createOutput({ json: json === true }) }, command.opts<never>(), command.args)
  })
}

function acting(run: (command: Command, globals: Globals) => Promise<number>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1)
    if (!(command instanceof Command)) throw new TypeError('an action is called with its command')
    takeFromParent(command)
    process.exitCode = await run(command, command.optsWithGlobals<Globals>())
  }
}

/** A command that has options of its own takes them from behind its subcommands too: they are given on to the one that is run, or refused. */
function takeFromParent(command: Command): void {
  const { parent } = command
  if (parent === null || parent.parent === null) return
  for (const option of parent.options) {
    const name = option.attributeName()
    if (parent.getOptionValueSource(name) !== 'cli') continue
    if (!command.options.some((own) => own.attributeName() === name))
      throw usageError(`${option.long ?? option.flags} is an option of \`${parent.name()}\`, and none of \`${parent.name()} ${command.name()}\``)
    command.setOptionValueWithSource(name, parent.getOptionValue(name), 'cli')
  }
}

/** Runs what the arguments ask for; sets the process's exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  // Whoever reads our output may have seen enough: that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.engine))
  try {
    await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed it, with a suggestion where it has one; help that was asked for is no error.
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
  const explanation = explain(error)
  printError(explanation)
  return explanation.exitCode
}
