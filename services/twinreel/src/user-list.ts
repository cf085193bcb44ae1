import { readFileSync, statSync } from 'node:fs'
import { userId } from '@twinreel/contracts/identifiers'
import { usageError } from './command-error.ts'

/** Some hundred thousand ids. */
const MOST_BYTES = 16 * 1024 * 1024

/** The user ids of a file, one a line; empty lines and those that begin with # are left out. Throws a usage error that names the line. */
export function readUserList(file: string): string[] {
  const userIds: string[] = []
  for (const [index, line] of textOf(file).split('\n').entries()) {
    const id = line.trim()
    if (id === '' || id.startsWith('#')) continue
    const result = userId.safeParse(id)
    if (!result.success)
      throw usageError(`${file}, line ${index + 1}: ${JSON.stringify(id.slice(0, 200))} is no user id: it ${result.error.issues[0]?.message ?? 'is wrong'}`)
    userIds.push(id)
  }
  if (userIds.length === 0) throw usageError(`${file} names no user`, 'write one user id a line')
  return userIds
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > MOST_BYTES) throw usageError(`${file} is larger than 16 MiB`, 'split the list')
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw usageError(`the list ${file} can’t be read: ${error.message}`)
    throw error
  }
}
