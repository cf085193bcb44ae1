import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'

export const examples = join(import.meta.dirname, '../../examples')

/** Whether kcat can be run. With CI=true it must be: a test that needs it fails there instead of being skipped. */
export function isKcatThere(): boolean {
  try {
    execFileSync('kcat', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return process.env['CI'] === 'true'
  }
}

/** Runs a program to its end; rejects with what it complained about when that is not a good one. */
export function ran(program: string, args: readonly string[], encoding: 'utf8' | 'latin1' = 'utf8'): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { encoding, maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${program}: ${error.message} ${stderr}`, { cause: error }))
    })
  })
}
