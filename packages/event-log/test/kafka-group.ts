// Members of a consumer group that watch each other.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { textOf } from '../src/contract/fixture.ts'
import type { GroupMember } from '../src/kafka/member-memory.ts'
import type { Consumer, EventLog } from '../src/port.ts'

const MEMBER = fileURLToPath(new URL('./kafka-member.ts', import.meta.url))

/** What the members of a group share, as the recorders share a catalog, and what became of it. */
export function shared() {
  return { positions: new Map<number, number>(), holders: new Map<number, string>(), texts: new Map<number, string[]>(), faults: [] as string[] }
}

export type Shared = ReturnType<typeof shared>

/** A member that goes on where the last one was, and notices when another holds what it is given. */
export async function join(
  log: EventLog,
  name: string,
  group: Shared,
  options: { topic: string; groupId: string; hold?: () => Promise<void> },
): Promise<{ consumer: Consumer; assigned: number[]; revoked: number[] }> {
  const assigned: number[] = []
  const revoked: number[] = []
  const must = (fine: boolean, fault: string): void => void (fine || group.faults.push(`${name}: ${fault}`))
  const consumer = await log.consume({
    topic: options.topic,
    groupId: options.groupId,
    maxBatchBytes: 10_000,
    handler: {
      async assigned({ partition, firstOffset }) {
        must(!group.holders.has(partition), `got ${partition} while ${group.holders.get(partition)} holds it`)
        group.holders.set(partition, name)
        assigned.push(partition)
        return group.positions.get(partition) ?? firstOffset
      },
      async batch({ partition, records }) {
        must(group.holders.get(partition) === name, `a batch of ${partition}, held by ${group.holders.get(partition)}`)
        await options.hold?.()
        group.texts.set(partition, [...(group.texts.get(partition) ?? []), ...records.map(textOf)])
        group.positions.set(partition, (records.at(-1)?.offset ?? 0) + 1)
      },
      async revoked(partition) {
        must(group.holders.get(partition) === name, `lost ${partition}, held by ${group.holders.get(partition)}`)
        group.holders.delete(partition)
        revoked.push(partition)
      },
    },
  })
  return { consumer, assigned, revoked }
}

/** A member in a process of its own; `members` is what it asked to have remembered. */
export function startMember(
  topicPrefix: string,
  topic: string,
  groupId: string,
  sessionTimeoutMs = 6_000,
): { child: ChildProcess; partitions(what: string): number[]; members(): GroupMember[] } {
  const child = fork(MEMBER, [topicPrefix, topic, groupId, String(sessionTimeoutMs)], {
    execPath: process.execPath,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let output = ''
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()))
  return {
    child,
    members: () =>
      output
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('member '))
        .map((line) => JSON.parse(line.slice('member '.length)) as GroupMember),
    partitions: (what) =>
      output
        .split('\n')
        .filter((line) => line.startsWith(`${what} `))
        .map((line) => Number(line.split(' ')[1])),
  }
}
