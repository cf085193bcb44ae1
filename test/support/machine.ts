import { execFile, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Ran } from '@twinreel/twinreel/testing/run-command'
import { onTestFinished } from 'vitest'

const MAIN = join(import.meta.dirname, '../../services/twinreel/src/main.ts')
const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65_534, gid: 65_534 }

/** Why this machine can't mount a small disk; `null` when it can. */
export const NO_MOUNTS: string | null = !isRoot
  ? 'only root may mount a small disk'
  : spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt']).status === 0
    ? null
    : 'this machine lets root mount nothing'

/** Why no command can be run as somebody whom permissions concern. */
export const NO_NOBODY: string | null =
  !isRoot || spawnSync(process.execPath, [MAIN, '--help'], NOBODY).status === 0
    ? null
    : 'root’s permissions can’t be taken away: nobody may not read this checkout'

/** A disk of its own, so small that it can be filled. It goes with the test. */
export function smallDisk(path: string, size: string): string {
  mkdirSync(path, { recursive: true })
  mount('-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', path)
  onTestFinished(() => mustRun('umount', '-l', path))
  return path
}

/** The same directory, on a file system that is mounted read-only. */
export function readOnly(directory: string, path: string): string {
  mkdirSync(path, { recursive: true })
  mount('--bind', directory, path)
  onTestFinished(() => mustRun('umount', '-l', path))
  mount('-o', 'remount,bind,ro', path)
  return path
}

/** Fills the disk to its last byte; answers what frees it again. */
export function fill(disk: string): () => void {
  const path = join(disk, 'filler')
  const file = openSync(path, 'w')
  try {
    for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
      // Writes of this size until one fails, then of half.
      while (isWritten(file, new Uint8Array(bytes)));
    }
  } finally {
    closeSync(file)
  }
  if (statfsSync(disk).bavail > 0) throw new Error(`${disk} did not fill up`)
  return () => rmSync(path)
}

function isWritten(file: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(file, bytes) === bytes.length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}

/** Runs a command as a user whom permissions concern. */
export function twinreelAsNobody(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const { TWINREEL_DATA: _, NODE_OPTIONS: __, ...env } = process.env
    const ran = execFile(process.execPath, [MAIN, ...args], { env, ...(isRoot ? NOBODY : {}) }, (_error, stdout, stderr) =>
      resolve({ exitCode: ran.exitCode ?? -1, stdout, stderr }),
    )
  })
}

function mount(...args: readonly string[]): void {
  mustRun('mount', ...args)
}

function mustRun(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}
