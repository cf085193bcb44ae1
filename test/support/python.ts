import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const examples = join(import.meta.dirname, '../../examples/python')

/**
 * A Python that has what the examples need, in a virtual environment of its own below the user's cache, made once; or why there is none.
 * Throws when packages can't be had though there is a Python: that is worth knowing.
 */
export function examplesPython(): { kind: 'python'; path: string } | { kind: 'none'; why: string } {
  let version: string
  try {
    version = execFileSync('python3', ['-c', 'import sys, venv, ensurepip; print(sys.version)'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return { kind: 'none', why: 'no python3 with venv and pip' }
  }
  const requirements = join(examples, 'requirements.txt')
  const name = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const directory = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'twinreel/python', name)
  const path = join(directory, 'bin/python')
  const made = join(directory, 'made')
  if (!existsSync(made)) {
    rmSync(directory, { recursive: true, force: true })
    execFileSync('python3', ['-m', 'venv', directory])
    execFileSync(path, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', requirements])
    writeFileSync(made, '')
  }
  return { kind: 'python', path }
}

export interface Published {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Runs examples/python/publish_call.py. */
export function publishCall(python: string, args: readonly string[]): Promise<Published> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
    execFile(python, [join(examples, 'publish_call.py'), ...args], { env }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
      else reject(new Error('publish_call.py could not be run', { cause: error }))
    })
  })
}
