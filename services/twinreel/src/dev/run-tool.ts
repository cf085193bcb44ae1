import { spawn } from 'node:child_process'
import { engineError } from '../command-error.ts'
import type { User } from './server-spec.ts'

export interface ToolRun {
  env?: Readonly<Record<string, string>>
  cwd?: string
  stdin?: string
  /** Answer what it wrote to stderr too. */
  both?: boolean
  /** Runs as this user and group. */
  user?: User | null
}

const TAIL_CHARACTERS = 2_000

/** Runs a program to its end and answers what it wrote to stdout; throws an engine's `CommandError` with the end of its output when it fails. */
export async function runTool(
  command: string,
  args: readonly string[],
  { env = {}, cwd, stdin = '', both = false, user = null }: ToolRun = {},
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      ...(user === null ? {} : user),
    })
    let out = ''
    let tail = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      tail = (tail + text).slice(-TAIL_CHARACTERS)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (both) out += text
      tail = (tail + text).slice(-TAIL_CHARACTERS)
    })
    child.once('error', (error) => reject(engineError(`${command} can’t be run: ${error.message}`)))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(out)
      else reject(engineError(`${command} ${args[0] ?? ''} ended with ${signal ?? `exit code ${code}`}:\n${tail.trim()}`))
    })
    // It may end without reading its input.
    child.stdin.on('error', () => {}).end(stdin)
  })
}
