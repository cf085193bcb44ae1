import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { BROKER, brokerSettings, removeEverything } from '../../test/kafka-broker.ts'
import { join, shared, startMember } from '../../test/kafka-group.ts'
import { newTopic, until } from '../contract/fixture.ts'
import { openKafkaLog } from '../kafka.ts'
import type { EventLog } from '../port.ts'
import { groupMembers } from './group-members.ts'
import type { GroupMember, MemberMemory } from './member-memory.ts'

const PARTITIONS = 4
/** Far longer than a test may take: what moves before that does not move because a session ran out. */
const SESSION_MS = 120_000

/** Remembers in memory, and who died is given. */
function memory(dead: GroupMember[] = []): MemberMemory & { alive: GroupMember[] } {
  const alive: GroupMember[] = []
  const isSame = (a: GroupMember) => (b: GroupMember) => a.groupId === b.groupId && a.memberId === b.memberId
  return {
    alive,
    dead: () => [...dead],
    joining: (member) => void alive.push(member),
    left(member) {
      for (const list of [dead, alive]) {
        const at = list.findIndex(isSame(member))
        if (at !== -1) list.splice(at, 1)
      }
    },
  }
}

describe.skipIf(BROKER === '')('members of dead processes, at the broker TWINREEL_TEST_KAFKA names', { timeout: 60_000 }, () => {
  const settings = brokerSettings({ sessionTimeoutMs: SESSION_MS })
  afterAll(() => removeEverything(settings))

  async function open(members: MemberMemory): Promise<EventLog> {
    const log = await openKafkaLog(settings, { members })
    onTestFinished(() => log.close())
    return log
  }

  /** A member in a process of its own that was killed when it had every partition. */
  async function killed(topic: string, groupId: string): Promise<GroupMember> {
    const victim = startMember(settings.topicPrefix, topic, groupId, SESSION_MS)
    onTestFinished(() => void victim.child.kill('SIGKILL'))
    await until(() => expect(victim.partitions('assigned')).toHaveLength(PARTITIONS))
    const ended = once(victim.child, 'exit')
    victim.child.kill('SIGKILL')
    await ended
    const [member] = victim.members()
    if (member === undefined) throw new Error('nothing was remembered')
    return member
  }

  test('who starts in the place of a killed member gets its partitions at once, long before the session runs out', async () => {
    const first = await open(memory())
    const topic = await newTopic(first, PARTITIONS)
    const groupId = `group-${randomUUID()}`
    const members = memory([await killed(topic, groupId)])
    expect(await groupMembers(settings, groupId)).toBe(1)
    const group = shared()
    const heir = await join(await open(members), 'heir', group, { topic, groupId })
    await until(() => expect(heir.assigned).toHaveLength(PARTITIONS))
    expect(members.dead()).toEqual([])
    expect(await groupMembers(settings, groupId)).toBe(1)
    await heir.consumer.stop()
  })

  test('of a killed member’s partitions each of the living gets his share, and keeps what he had', async () => {
    const first = await open(memory())
    const topic = await newTopic(first, PARTITIONS)
    const groupId = `group-${randomUUID()}`
    const dead = await killed(topic, groupId)
    const group = shared()
    // He waits: the dead one is still a member, and holds everything.
    const waiting = await join(first, 'waiting', group, { topic, groupId })
    await until(async () => expect(await groupMembers(settings, groupId)).toBe(2))
    expect(waiting.assigned).toEqual([])
    const heir = await join(await open(memory([dead])), 'heir', group, { topic, groupId })
    await until(() => expect([...group.holders.values()].toSorted()).toEqual(['heir', 'heir', 'waiting', 'waiting']))
    expect(group.faults).toEqual([])
    await heir.consumer.stop()
    await waiting.consumer.stop()
  })

  test('a member that the group does not know any more is no trouble, nor is one of another group', async () => {
    const elsewhere = { groupId: 'another', memberId: 'somebody' }
    const groupId = `group-${randomUUID()}`
    const members = memory([{ groupId: settings.topicPrefix + groupId, memberId: 'left-long-ago' }, elsewhere])
    const log = await open(members)
    const topic = await newTopic(log, PARTITIONS)
    const heir = await join(log, 'heir', shared(), { topic, groupId })
    await until(() => expect(heir.assigned).toHaveLength(PARTITIONS))
    expect(members.dead()).toEqual([elsewhere])
    await heir.consumer.stop()
  })

  test('a member is remembered before the group counts on it, and forgotten when it has left', async () => {
    const members = memory()
    const log = await open(members)
    const topic = await newTopic(log, PARTITIONS)
    const groupId = `group-${randomUUID()}`
    const group = shared()
    const staying = await join(await open(memory()), 'staying', group, { topic, groupId })
    await until(() => expect(staying.assigned).toHaveLength(PARTITIONS))
    const consuming = join(log, 'joining', group, { topic, groupId })
    await until(() => expect(members.alive).toHaveLength(1))
    const joining = await consuming
    await until(() => expect(joining.assigned).toHaveLength(PARTITIONS / 2))
    expect(members.alive).toHaveLength(1)
    await joining.consumer.stop()
    expect(members.alive).toEqual([])
    await staying.consumer.stop()
  })
})
