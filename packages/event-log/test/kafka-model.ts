// Brokers in memory, as far as a producer knows them: they number batches by producer and sequence as Kafka does, and can be made to answer wrongly.
import type { Link } from '../src/kafka/link.ts'
import type { Broker, Cluster, ProducedPartition } from '../src/kafka/protocol.ts'

interface Wrong {
  code: number
  /** Whether the batch is written all the same. */
  isWritten: boolean
  baseOffset?: number
  /** Not once, but always. */
  isForGood?: boolean
}

const OUT_OF_ORDER = 45

export function brokerWith({ partitions, leaders }: { partitions: number; leaders: number }) {
  const logs = Array.from({ length: partitions }, () => ({ texts: [] as string[], next: new Map<string, number>(), offsets: new Map<string, number>() }))
  const wrong = new Map<number, Wrong>()
  let producers = 0
  let requests = 0
  let asked = (): void => undefined

  type Batch = Parameters<Broker['produce']>[0]['topicData'][number]['partitions'][number]

  function write(producerId: string, { partition, firstSequence, messages }: Batch): ProducedPartition {
    const log = logs[partition]
    if (log === undefined) throw new Error(`there is no partition ${partition}`)
    const name = `${producerId} ${firstSequence}`
    const known = log.offsets.get(name)
    if (known !== undefined) return { partition, errorCode: 0, baseOffset: String(known), logAppendTime: '0' }
    if (firstSequence !== (log.next.get(producerId) ?? 0)) return { partition, errorCode: OUT_OF_ORDER, baseOffset: '-1', logAppendTime: '-1' }
    const baseOffset = log.texts.length
    log.texts.push(...messages.map(({ value }) => value.toString()))
    log.next.set(producerId, firstSequence + messages.length)
    log.offsets.set(name, baseOffset)
    return { partition, errorCode: 0, baseOffset: String(baseOffset), logAppendTime: '0' }
  }

  function answerTo(producerId: string, batch: Batch): ProducedPartition {
    const instead = wrong.get(batch.partition)
    if (instead?.isForGood !== true) wrong.delete(batch.partition)
    if (instead === undefined) return write(producerId, batch)
    if (instead.isWritten) write(producerId, batch)
    return { partition: batch.partition, errorCode: instead.code, baseOffset: String(instead.baseOffset ?? -1), logAppendTime: '0' }
  }

  const broker: Pick<Broker, 'produce' | 'initProducerId' | 'describeConfigs'> = {
    initProducerId: () => Promise.resolve({ producerId: String(producers++), producerEpoch: 0 }),
    describeConfigs: () => Promise.resolve({ resources: [] }),
    async produce({ producerId, topicData }) {
      requests += 1
      asked()
      asked = () => undefined
      await Promise.resolve()
      return { topics: topicData.map(({ topic, partitions: of }) => ({ topicName: topic, partitions: of.map((batch) => answerTo(producerId, batch)) })) }
    },
  }
  const cluster: Pick<Cluster, 'addTargetTopic' | 'refreshMetadata' | 'findTopicPartitionMetadata' | 'findBroker' | 'brokerPool'> = {
    addTargetTopic: () => Promise.resolve(),
    refreshMetadata: () => Promise.resolve(),
    findTopicPartitionMetadata: () => logs.map((_, partitionId) => ({ partitionId, leader: partitionId % leaders, replicas: [] })),
    findBroker: () => Promise.resolve(broker as Broker),
    brokerPool: { metadata: null, findConnectedBroker: () => Promise.resolve(broker as Broker) },
  }
  const link: Link = {
    run: (work) => work(cluster as Cluster),
    retry: (_what, _deadlineMs, work) => work(cluster as Cluster),
    close: () => undefined,
  }
  return {
    link,
    /** Of produce. */
    requests: () => requests,
    texts: (partition: number): readonly string[] => logs[partition]?.texts ?? [],
    /** The next batch of the partition gets this answer. */
    answer: (partition: number, instead: Wrong) => void wrong.set(partition, instead),
    /** When the next request is there, before it is answered. */
    whenAsked: (then: () => unknown) => void (asked = () => void then()),
  }
}
