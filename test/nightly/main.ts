import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { chosen, durationOf, NIGHTLY, summaryOf, type Done } from './steps.ts'

const HELP = `Runs what takes too long for every change, in the size of a night.

  nightly                  every step, the shortest first
      --only NAME,NAME     these steps
      --list               says what would be run, and runs nothing`

process.exitCode = await main()

/** 0: every step held; 1: one did not; 2: wrong usage. */
async function main(): Promise<number> {
  let steps: ReturnType<typeof chosen>
  try {
    const { values } = parseArgs({
      args: process.argv.slice(2).filter((arg) => arg !== '--'),
      options: { only: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    if (values.help === true) {
      console.log(HELP)
      return 0
    }
    steps = chosen(NIGHTLY, values.only)
    if (values.list === true) {
      for (const { name, command, variables } of steps)
        console.log(`${name.padEnd(10)} ${variables.join(' ')}${variables.length > 0 ? ' ' : ''}${command.join(' ')}`)
      return 0
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  const done: Done[] = []
  for (const { name, command, variables } of steps) {
    console.log(`=== ${name}: ${[...variables, ...command].join(' ')}`)
    const beganMs = performance.now()
    const code = await run(command, variables)
    done.push({ name, code, tookMs: performance.now() - beganMs })
    console.log(`=== ${name}: ${code === 0 ? 'ok' : `failed with ${code}`} after ${durationOf(done.at(-1)?.tookMs ?? 0)}`)
  }
  console.log(`\n${summaryOf(done)}`)
  return done.every(({ code }) => code === 0) ? 0 : 1
}

/** Its exit code; a step that can't be started, or that a signal ends, has failed. */
async function run([program = '', ...args]: readonly string[], variables: readonly string[]): Promise<number> {
  const env = { ...process.env, ...Object.fromEntries(variables.map((variable) => variable.split('=', 2) as [string, string])) }
  const child = spawn(program, args, { stdio: 'inherit', env })
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}
