import { partitionOfKey } from '@twinreel/event-log/key-partition'
import { LogError, type NewRecord } from '@twinreel/event-log/port'
import { digestOfBytes } from '../trace.ts'
import type { Parts } from '../world-parts.ts'
import { createGroup, type Group } from './group.ts'
import { newPartition, trimTo, type Partition } from './partition.ts'

export interface Appended {
  topic: string
  partition: number
  offset: number
  appendedAtMs: number
}

/** The log itself: what is durable, its clock and its groups. What fails on the way to it is the client's affair. */
export interface Broker {
  create(topic: string, partitions: number): void
  partitions(topic: string): readonly Partition[]
  /** Everything or, for an unknown topic, nothing. */
  append(by: string, records: readonly NewRecord[]): Appended[]
  group(groupId: string, topic: string): Group
  groups(): Iterable<Group>
  trim(topic: string, partition: number, beforeOffset: number): void
  stepClock(byMs: number): void
  /** How long a member may be silent. */
  readonly sessionMs: number
}

const SESSIONS_MS = [6_000, 8_000, 10_000] as const

export function createBroker(parts: Parts): Broker {
  const { time, trace, faults, hooks } = parts
  const random = parts.random('log')
  const topics = new Map<string, Partition[]>()
  const groups = new Map<string, Group>()
  let clockOffsetMs = 0
  const sessionMs = random.pick(SESSIONS_MS)

  function partitions(topic: string): Partition[] {
    const found = topics.get(topic)
    if (found === undefined) throw new LogError(`topic ${topic} does not exist`, { retriable: false })
    return found
  }

  return {
    sessionMs,
    partitions,
    create(topic, count) {
      const known = topics.get(topic)
      if (known === undefined)
        topics.set(
          topic,
          Array.from({ length: count }, (_, partition) => newPartition(topic, partition)),
        )
      else if (known.length !== count) throw new LogError(`topic ${topic} has ${known.length} partitions, not ${count}`, { retriable: false })
    },
    append(by, records) {
      const placed = records.map((record) => ({ record, all: partitions(record.topic) }))
      if (faults.fires('log-clock-back')) clockOffsetMs -= faults.random.between(100, 60_000)
      const grown = new Set<Partition>()
      const appended = placed.map(({ record: { topic, key, headers, value }, all }): Appended => {
        const number = partitionOfKey(key, all.length)
        const partition = all[number]
        if (partition === undefined) throw new Error(`no partition ${number} of ${topic}`)
        if (faults.fires('offset-hole')) partition.endOffset += faults.random.whole(1, 3)
        const offset = partition.endOffset
        const appendedAtMs = Math.floor(time.now() + clockOffsetMs)
        const stored = { topic, partition: number, offset, key, headers, value: value.slice(), sizeBytes: value.length, appendedAtMs }
        partition.records.push(stored)
        partition.endOffset = offset + 1
        grown.add(partition)
        trace.note('appended', by, topic, number, offset, key, headers['ce_id'] ?? '', digestOfBytes(value), appendedAtMs)
        hooks.appended({ process: by, record: stored })
        return { topic, partition: number, offset, appendedAtMs }
      })
      for (const partition of grown) {
        // As a transaction's marker: an offset that no reader ever sees.
        if (faults.fires('offset-hole')) partition.endOffset += 1
        // Who wakes may wait again at once.
        const waiters = [...partition.waiters]
        for (const wake of waiters) wake()
      }
      return appended
    },
    group(groupId, topic) {
      const found = groups.get(groupId)
      if (found !== undefined) return found
      const group = createGroup(parts, { groupId, partitions: partitions(topic).length, sessionMs })
      groups.set(groupId, group)
      return group
    },
    groups: () => groups.values(),
    trim(topic, partition, beforeOffset) {
      const found = partitions(topic)[partition]
      if (found === undefined) throw new LogError(`${topic} has no partition ${partition}`, { retriable: false })
      trimTo(found, beforeOffset)
      trace.note('trimmed', topic, partition, found.firstOffset)
      hooks.trimmed({ process: null, topic, partition, beforeOffset: found.firstOffset })
    },
    stepClock: (byMs) => void (clockOffsetMs += byMs),
  }
}
