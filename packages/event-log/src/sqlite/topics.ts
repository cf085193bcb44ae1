import { LogError } from '../port.ts'
import { inTransaction, type LogFile, whenFree } from './file.ts'

/** What `records.partition_id` refers to, by topic and partition number. All but `ensure` are synchronous. */
export interface Topics {
  ensure(topics: readonly { topic: string; partitions: number }[]): Promise<void>
  /** The row ids of the topic's partitions, by partition number. An unknown topic is an error. */
  partitionIds(topic: string): readonly number[]
  partitionId(topic: string, partition: number): number
}

// What Kafka allows, so that a topic can move there.
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/
const MAX_PARTITIONS = 10_000

function check({ topic, partitions }: { topic: string; partitions: number }): void {
  if (!TOPIC_NAME.test(topic) || topic === '.' || topic === '..') {
    throw new LogError(`topic ${JSON.stringify(topic)}: a name is 1 to 249 letters, digits, dots, hyphens and underscores`, { retriable: false })
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw new LogError(`topic ${topic}: ${partitions} partitions; it needs 1 to ${MAX_PARTITIONS}`, { retriable: false })
  }
}

export function createTopics(file: LogFile): Topics {
  const select = file.db.prepare('SELECT id FROM partitions WHERE topic = ? ORDER BY partition')
  const insert = file.db.prepare('INSERT INTO partitions (topic, partition) VALUES (?, ?)')
  // A topic keeps its partitions for good, so what was read once stays true; another process may have created what is not here.
  const known = new Map<string, readonly number[]>()

  function partitionIds(topic: string): readonly number[] {
    const cached = known.get(topic)
    if (cached !== undefined) return cached
    const ids = select.all(topic).map((row) => Number(row.id))
    if (ids.length === 0) throw new LogError(`event log ${file.path}: there is no topic ${topic}`, { retriable: false })
    known.set(topic, ids)
    return ids
  }

  return {
    partitionIds,
    partitionId(topic, partition) {
      const ids = partitionIds(topic)
      const id = ids[partition]
      if (id !== undefined) return id
      throw new LogError(`event log ${file.path}: topic ${topic} has ${ids.length} partitions, there is no partition ${partition}`, { retriable: false })
    },
    async ensure(topics) {
      topics.forEach(check)
      await whenFree(file, () => {
        inTransaction(file.db, () => {
          for (const { topic, partitions } of topics) {
            const existing = select.all(topic).length
            if (existing !== 0 && existing !== partitions) {
              throw new LogError(`event log ${file.path}: topic ${topic} has ${existing} partitions, not ${partitions}`, { retriable: false })
            }
            for (let partition = existing; partition < partitions; partition++) insert.run(topic, partition)
          }
        })
      })
    },
  }
}
