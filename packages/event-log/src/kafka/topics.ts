import { LogError } from '../port.ts'
import { protocolError, toLogError } from './failure.ts'
import { createLink, type Link } from './link.ts'
import type { ConfigEntry, PartitionMetadata } from './protocol.ts'
import type { KafkaLog, KafkaSettings } from './settings.ts'
import type { WantedTopic } from './topic-plan.ts'

export interface AppliedTopic {
  /** With the prefix, as it is called in Kafka. */
  topic: string
  outcome: 'created' | 'changed' | 'unchanged'
  partitions: number
  changes: readonly { name: string; from: string; to: string }[]
  /** What differs and is not for this step to change. */
  remarks: readonly string[]
}

const TOPIC_RESOURCE = 2
/** Where a value of a topic's configuration comes from: from itself, not from the broker or a default. */
const OWN_CONFIG = 1
const DEADLINE_MS = 30_000
const CREATE_TIMEOUT_MS = 15_000
const CHECK_DEADLINE_MS = 5_000

/**
 * Makes the topics what they should be: creates what is missing, corrects the configuration of what is there. Doing it twice changes
 * nothing. Throws `LogError` before anything is changed when a topic has another number of partitions.
 */
export async function applyTopics(settings: KafkaSettings, wanted: readonly WantedTopic[], log: KafkaLog = () => undefined): Promise<AppliedTopic[]> {
  return await withLink(settings, log, async (link) => {
    const found = await Promise.all(wanted.map((each) => describe(link, settings.topicPrefix + each.topic)))
    wanted.forEach((each, index) => checkPartitions(settings.topicPrefix + each.topic, each.partitions, found[index]?.length ?? 0))
    const applied: AppliedTopic[] = []
    for (const [index, each] of wanted.entries()) {
      const topic = settings.topicPrefix + each.topic
      const partitions = found[index] ?? []
      applied.push(partitions.length === 0 ? await create(link, topic, each) : await correct(link, topic, each, partitions))
    }
    return applied
  })
}

/** Throws `LogError`, saying what to do, when a topic is missing, has another number of partitions, or stamps its records with publishers' clocks. */
export async function checkTopics(
  settings: KafkaSettings,
  wanted: readonly Pick<WantedTopic, 'topic' | 'partitions'>[],
  log: KafkaLog = () => undefined,
): Promise<void> {
  await withLink(settings, log, async (link) => {
    for (const { topic, partitions } of wanted) {
      const name = settings.topicPrefix + topic
      const found = await describe(link, name, CHECK_DEADLINE_MS)
      if (found.length === 0) {
        throw new LogError(`there is no topic ${name}; run \`twinreel topics apply\``, { retriable: false })
      }
      checkPartitions(name, partitions, found.length)
      const config = await topicConfig(link, name).catch(() => null)
      const stamp = config?.get('message.timestamp.type')?.value ?? 'LogAppendTime'
      if (stamp !== 'LogAppendTime') {
        throw new LogError(`topic ${name} has message.timestamp.type=${stamp}; it must be LogAppendTime: run \`twinreel topics apply\``, { retriable: false })
      }
    }
  })
}

/** As the port says, for tests and trials: replicated as far as there are brokers for it. */
export async function ensureTopics(link: Link, wanted: readonly { topic: string; partitions: number }[]): Promise<void> {
  for (const { topic, partitions } of wanted) {
    if (!Number.isInteger(partitions) || partitions < 1) {
      throw new LogError(`topic ${topic}: ${partitions} partitions; it needs at least 1`, { retriable: false })
    }
    const found = await describe(link, topic)
    if (found.length > 0) checkPartitions(topic, partitions, found.length)
    else {
      const brokers = await link.run((cluster) => Promise.resolve(cluster.brokerPool.metadata?.brokers.length ?? 1))
      await create(link, topic, { partitions, replicationFactor: Math.min(3, brokers), config: { 'message.timestamp.type': 'LogAppendTime' } })
    }
  }
}

async function withLink<T>(settings: KafkaSettings, log: KafkaLog, work: (link: Link) => Promise<T>): Promise<T> {
  const link = createLink(settings, log)
  try {
    return await work(link)
  } catch (error) {
    throw toLogError(error, 'topics')
  } finally {
    link.close()
  }
}

function checkPartitions(topic: string, wanted: number, found: number): void {
  if (found === 0 || found === wanted) return
  const why = 'a keyed topic cannot be repartitioned: the messages of a call would go to another partition from then on'
  throw new LogError(`topic ${topic} has ${found} partitions, ${wanted} were asked for; ${why}. Ask for ${found}, or use new topics with another prefix`, {
    retriable: false,
  })
}

/** The topic's partitions, none when it does not exist. */
async function describe(link: Link, topic: string, deadlineMs = DEADLINE_MS): Promise<readonly PartitionMetadata[]> {
  return await link.retry(`topic ${topic}`, deadlineMs, async (cluster) => {
    const broker = await cluster.brokerPool.findConnectedBroker()
    try {
      const { topicMetadata } = await broker.metadata([topic])
      return topicMetadata.find((each) => each.topic === topic)?.partitionMetadata ?? []
    } catch (error) {
      if (protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return []
      throw error
    }
  })
}

async function create(link: Link, topic: string, wanted: Omit<WantedTopic, 'topic'>): Promise<AppliedTopic> {
  const configEntries = entriesOf(wanted.config)
  const { partitions, replicationFactor } = wanted
  const topics = [{ topic, numPartitions: partitions, replicationFactor, configEntries }]
  await link.retry(`creating topic ${topic}`, DEADLINE_MS, async (cluster) => {
    try {
      await (await cluster.findControllerBroker()).createTopics({ topics, timeout: CREATE_TIMEOUT_MS })
    } catch (error) {
      if (protocolError(error) !== 'TOPIC_ALREADY_EXISTS') throw error
    }
  })
  await leadersElected(link, topic, partitions)
  return { topic, outcome: 'created', partitions, changes: configEntries.map(({ name, value }) => ({ name, from: '', to: value })), remarks: [] }
}

/** A new topic can be used when each of its partitions has a leader, and brokers know of it. */
async function leadersElected(link: Link, topic: string, partitions: number): Promise<void> {
  await link.retry(`creating topic ${topic}`, DEADLINE_MS, async (cluster) => {
    const found = await describe(link, topic)
    if (found.length === 0) throw new LogError(`topic ${topic} was created, but no broker knows it yet`, { retriable: true })
    checkPartitions(topic, partitions, found.length)
    await cluster.addTargetTopic(topic)
  })
}

async function correct(link: Link, topic: string, wanted: WantedTopic, partitions: readonly PartitionMetadata[]): Promise<AppliedTopic> {
  const config = await topicConfig(link, topic)
  const copies = partitions[0]?.replicas.length ?? 0
  // More copies in sync than there are copies would refuse every record.
  const fits = (name: string, value: string): boolean => name !== 'min.insync.replicas' || Number(value) <= copies
  const wantedConfig = Object.fromEntries(Object.entries(wanted.config).filter(([name, value]) => fits(name, value)))
  const changes = Object.entries(wantedConfig)
    .map(([name, to]) => ({ name, from: config.get(name)?.value ?? '', to }))
    .filter(({ from, to }) => from !== to)
  const remarks =
    copies === wanted.replicationFactor ? [] : [`${copies} copies, ${wanted.replicationFactor} were asked for: that takes a reassignment of its partitions`]
  if (changes.length > 0) {
    // The request replaces the topic's own configuration, so what others set there goes along.
    const own = [...config].filter(([, { isOwn }]) => isOwn).map(([name, { value }]) => [name, value] as const)
    const configEntries = entriesOf({ ...Object.fromEntries(own), ...wantedConfig })
    await link.retry(`configuring topic ${topic}`, DEADLINE_MS, async (cluster) => {
      await (await cluster.findControllerBroker()).alterConfigs({ resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries }] })
    })
    await configured(link, topic, wantedConfig)
  }
  return { topic, outcome: changes.length > 0 ? 'changed' : 'unchanged', partitions: partitions.length, changes, remarks }
}

/** The brokers hear of a change a moment after the controller has taken it. */
async function configured(link: Link, topic: string, wanted: Readonly<Record<string, string>>): Promise<void> {
  await link.retry(`configuring topic ${topic}`, DEADLINE_MS, async () => {
    const config = await topicConfig(link, topic)
    const late = Object.keys(wanted).find((name) => config.get(name)?.value !== wanted[name])
    if (late !== undefined) throw new LogError(`topic ${topic}: ${late} is not yet what it was set to`, { retriable: true })
  })
}

/** The topic's configuration in force, and whether a value is its own. */
export async function topicConfig(link: Link, topic: string, deadlineMs = DEADLINE_MS): Promise<Map<string, { value: string; isOwn: boolean }>> {
  const { resources } = await link.retry(`configuration of topic ${topic}`, deadlineMs, async (cluster) => {
    const broker = await cluster.brokerPool.findConnectedBroker()
    return await broker.describeConfigs({ resources: [{ type: TOPIC_RESOURCE, name: topic }] })
  })
  const entries = resources.flatMap(({ configEntries }) => configEntries)
  return new Map(entries.map(({ configName, configValue, configSource }) => [configName, { value: configValue ?? '', isOwn: configSource === OWN_CONFIG }]))
}

function entriesOf(config: Readonly<Record<string, string>>): ConfigEntry[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }))
}
