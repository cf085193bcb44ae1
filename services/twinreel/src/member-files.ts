import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupMember, MemberMemory } from '@twinreel/event-log/kafka/member-memory'
import type { Logger } from '@twinreel/service/log'
import { makeDirectory } from './make-directory.ts'
import { takeProcessLock, type ProcessLock } from './process-lock.ts'

export interface MemberFiles extends MemberMemory {
  /** Nothing is remembered any more; what is still a member then is left to the next process. */
  close(): void
}

/** Of one process, those it inherited included; of more the oldest are forgotten, whose sessions have run out long since. */
const MOST_MEMBERS = 64
/** A process that has just made its file, and one that looks at it, get in each other's way for a moment. */
const OTHERS_MS = 1_000
const TRIES = 3

/**
 * Members in `members/` of a data directory, which several processes may share: each has a file of what it is a member of, and beside it a lock that dies with it. Whoever
 * gets the lock of another knows that this one is dead, and inherits its members. A directory that takes no files is told of; then nothing is remembered.
 */
export function memberFiles(dataDir: string, log: Logger): MemberFiles {
  const root = join(dataDir, 'members')
  const dead: GroupMember[] = []
  const alive: GroupMember[] = []
  let own: { name: string; lock: ProcessLock } | null = null

  const membersOf = (name: string): string => join(root, `${name}.json`)
  const lockOf = (name: string): string => join(root, `${name}.lock`)

  function attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      log.warn({ error }, 'what this recorder is a member of is not kept: should it be killed, others get its partitions only when its session has run out')
    }
  }

  /** Whole or not at all, for whoever reads it later. It need not survive the machine: by the time that is back, sessions have run out. */
  function write(): void {
    if (own === null) return
    const path = membersOf(own.name)
    writeFileSync(`${path}.new`, JSON.stringify([...dead, ...alive].slice(-MOST_MEMBERS)), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }

  function remove(name: string): void {
    for (const path of [membersOf(name), `${membersOf(name)}.new`, lockOf(name)]) rmSync(path, { force: true })
  }

  function inherit(): void {
    for (const file of readdirSync(root)) {
      const [, name = ''] = /^(.+)\.lock$/.exec(file) ?? []
      if (name === '' || name === own?.name) continue
      const lock = takeProcessLock(lockOf(name), 0)
      if (lock === null) continue
      dead.push(...read(membersOf(name)))
      // Ours before the other's goes: should we be killed now, the next one finds it here.
      write()
      remove(name)
      lock.release()
    }
  }

  attempt(() => {
    makeDirectory(root, { mode: 0o700 })
    for (let tries = 0; own === null && tries < TRIES; tries++) {
      const name = randomUUID()
      const lock = takeProcessLock(lockOf(name), OTHERS_MS)
      if (lock !== null) own = { name, lock }
    }
    inherit()
  })

  return {
    dead: () => [...dead],
    joining(member) {
      alive.push(member)
      attempt(write)
    },
    left({ groupId, memberId }) {
      for (const list of [dead, alive]) {
        const at = list.findIndex((member) => member.groupId === groupId && member.memberId === memberId)
        if (at !== -1) list.splice(at, 1)
      }
      attempt(write)
    },
    close() {
      if (own === null) return
      const { name, lock } = own
      if (dead.length + alive.length === 0) attempt(() => remove(name))
      own = null
      lock.release()
    },
  }
}

/** What can't be read tells of nobody: sessions run out in any case. */
function read(path: string): GroupMember[] {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(found) ? found.filter(isMember).slice(-MOST_MEMBERS) : []
  } catch {
    return []
  }
}

function isMember(value: unknown): value is GroupMember {
  return (
    typeof value === 'object' &&
    value !== null &&
    'groupId' in value &&
    typeof value.groupId === 'string' &&
    'memberId' in value &&
    typeof value.memberId === 'string'
  )
}
