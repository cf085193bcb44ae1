import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { engineError, usageError } from '../command-error.ts'
import { answersIn, type Answer } from './decisions-of.ts'

const run = promisify(execFile)
const HERE = import.meta.dirname
const COMMAND = 'services/twinreel/src/commands/replay.ts'
const MAIN = 'services/twinreel/src/main.ts'
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024

export interface OtherVersion {
  commit: string
  /** What it decides of these calls. */
  decide(files: readonly string[]): AsyncGenerator<Exclude<Answer, { protocol: number }>>
}

/**
 * Lends another version of this program, taken from its repository: a work tree of its own in a temporary directory, with the dependencies that its lock file names, both
 * gone afterwards. Throws a usage error without git or a clone, for a revision that there is not, and for one that can't replay yet.
 */
export async function withOtherVersion<T>(revision: string, told: (text: string) => void, work: (other: OtherVersion) => Promise<T>): Promise<T> {
  const root = await cloneRoot()
  const git = (...args: string[]) => run('git', ['-C', root, ...args], { maxBuffer: MOST_OUTPUT_BYTES })
  const { stdout } = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`).catch(() => {
    throw usageError(`${revision} is no commit of ${root}`, 'name a branch, a tag or a commit; `git fetch` brings those of others')
  })
  const commit = stdout.trim()
  await git('cat-file', '-e', `${commit}:${COMMAND}`).catch(() => {
    throw usageError(`${revision} (${commit.slice(0, 12)}) has no command replay yet`, 'name a later commit: both versions must be able to replay')
  })
  const directory = await mkdtemp(join(tmpdir(), 'twinreel-replay-'))
  const tree = join(directory, 'tree')
  try {
    told(`taking ${revision} (${commit.slice(0, 12)})`)
    await git('worktree', 'add', '--quiet', '--detach', tree, commit)
    told('installing its dependencies')
    await install(tree)
    return await work({ commit, decide: (files) => decideIn(tree, revision, files) })
  } finally {
    await git('worktree', 'remove', '--force', tree).catch(() => undefined)
    await rm(directory, { recursive: true, force: true })
    await git('worktree', 'prune').catch(() => undefined)
  }
}

async function cloneRoot(): Promise<string> {
  try {
    const { stdout } = await run('git', ['-C', HERE, 'rev-parse', '--show-toplevel'])
    return stdout.trim()
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw usageError(
      isMissing ? '--against takes git, and there is none on PATH' : '--against takes a clone of the repository, and this program does not run in one',
      isMissing ? 'install git' : 'clone the repository and run the command there',
    )
  }
}

async function install(tree: string): Promise<void> {
  try {
    await run('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=silent'], { cwd: tree, maxBuffer: MOST_OUTPUT_BYTES })
  } catch (error) {
    throw engineError(
      `the dependencies of the other version could not be installed: ${error instanceof Error ? error.message : String(error)}`,
      'look whether the package registry can be reached',
      error,
    )
  }
}

async function* decideIn(tree: string, revision: string, files: readonly string[]): AsyncGenerator<Exclude<Answer, { protocol: number }>> {
  const child = spawn(process.execPath, [join(tree, MAIN), 'replay', '--decisions', ...files], { cwd: tree, stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4_000)))
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  try {
    yield* answersIn(createInterface({ input: child.stdout }))
    const code = await ended
    if (code !== 0) throw new Error(`it ended with ${code}: ${complaint.trim()}`)
  } catch (error) {
    throw engineError(`${revision} could not replay: ${error instanceof Error ? error.message : String(error)}`, null, error)
  } finally {
    child.kill()
  }
}
