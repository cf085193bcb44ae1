/** The requests of Kafka's protocol that this adapter makes, as kafkajs's brokers offer them. Offsets and times are decimal texts. */
export interface Broker {
  nodeId: number
  /** How a request of this kind is put into the version that both sides know. */
  lookupRequest(apiKey: number, versions: unknown): (fields: Readonly<Record<string, unknown>>) => unknown
  metadata(topics: readonly string[]): Promise<Metadata>
  fetch(request: {
    isolationLevel: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[]
  }): Promise<{ responses: readonly { topicName: string; partitions: readonly FetchedPartition[] }[] }>
  produce(request: {
    topicData: { topic: string; partitions: { partition: number; firstSequence: number; messages: readonly ProducedMessage[] }[] }[]
    producerId: string
    producerEpoch: number
    acks: number
    timeout: number
  }): Promise<{ topics: readonly { topicName: string; partitions: readonly ProducedPartition[] }[] }>
  listOffsets(request: {
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
  }): Promise<{ responses: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[] }>
  deleteRecords(request: { topics: { topic: string; partitions: { partition: number; offset: string }[] }[] }): Promise<unknown>
  initProducerId(request: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>
  createTopics(request: {
    topics: { topic: string; numPartitions: number; replicationFactor: number; configEntries: ConfigEntry[] }[]
    timeout: number
  }): Promise<unknown>
  describeConfigs(request: { resources: { type: number; name: string; configNames?: readonly string[] }[] }): Promise<{
    resources: readonly { resourceName: string; configEntries: readonly DescribedConfig[] }[]
  }>
  alterConfigs(request: { resources: { type: number; name: string; configEntries: ConfigEntry[] }[] }): Promise<unknown>
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<{ coordinator: { nodeId: number } }>
  joinGroup(request: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupProtocols: { name: string; metadata: Buffer }[]
  }): Promise<JoinedGroup>
  syncGroup(request: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: { memberId: string; memberAssignment: Buffer }[]
  }): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
  offsetCommit(request: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[]
  }): Promise<unknown>
  describeGroups(request: {
    groupIds: string[]
  }): Promise<{ groups: readonly { groupId: string; errorCode: number; state: string; members: readonly unknown[] }[] }>
}

export interface Cluster {
  connect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[]
  findBroker(node: { nodeId: number }): Promise<Broker>
  findControllerBroker(): Promise<Broker>
  brokerPool: { metadata: Metadata | null; findConnectedBroker(): Promise<Broker> }
}

export interface Metadata {
  clusterId: string
  brokers: readonly { nodeId: number; host: string; port: number }[]
  topicMetadata: readonly { topic: string; partitionMetadata: readonly PartitionMetadata[] }[]
}

export interface PartitionMetadata {
  partitionId: number
  leader: number
  replicas: readonly number[]
}

export interface FetchedPartition {
  partition: number
  highWatermark: string
  /** Below this nothing is undecided any more: where readers of committed records end. */
  lastStableOffset: string
  abortedTransactions: readonly { producerId: string; firstOffset: string }[] | null
  messages: readonly FetchedMessage[]
}

export interface FetchedMessage {
  offset: string
  timestamp: string
  key: Buffer | null
  value: Buffer | null
  headers: Readonly<Record<string, Buffer | null | (Buffer | null)[]>>
  isControlRecord: boolean
  batchContext: { producerId: string; inTransaction: boolean }
}

export interface ProducedMessage {
  key: string
  value: Buffer
  headers: Readonly<Record<string, string>>
}

export interface ProducedPartition {
  partition: number
  errorCode?: number
  baseOffset: string
  logAppendTime: string
}

export interface JoinedGroup {
  generationId: number
  leaderId: string
  memberId: string
  members: readonly { memberId: string; memberMetadata: Buffer }[]
}

export interface ConfigEntry {
  name: string
  value: string
}

export interface DescribedConfig {
  configName: string
  configValue: string | null
  configSource?: number
  isDefault?: boolean
}

/** Isolation level: records of transactions that were committed, and those outside of any. */
export const READ_COMMITTED = 1
