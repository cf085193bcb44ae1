import { TOPICS } from '@twinreel/contracts/topics'

export interface WantedTopic {
  topic: string
  partitions: number
  replicationFactor: number
  /** The topic's own configuration, by Kafka's names for it. What is not named stays as it is. */
  config: Readonly<Record<string, string>>
}

export interface TopicPlanOptions {
  /** Of `calls` and `call-commands`, which are keyed alike. Never to be changed afterwards. */
  partitions: number
  replicationFactor: number
  /** How long the recorder lets messages lie; the topics' own retention is a backstop behind it. Default 72 h. */
  logRetentionMs?: number
  /** The largest record batch, and so the largest message. Default 1 MiB. */
  maxMessageBytes?: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BACKSTOP_MS = 7 * DAY_MS

/**
 * The four topics as the services want them, for `applyTopics` and `checkTopics`. The recorder trims `calls` itself, never past what it
 * may still need, so the broker's retention must only catch what nobody trims: 7 days, and longer than twice the log's retention.
 */
export function topicPlan(options: TopicPlanOptions): WantedTopic[] {
  const { partitions, replicationFactor, logRetentionMs = 3 * DAY_MS, maxMessageBytes = 1024 * 1024 } = options
  const config = {
    'cleanup.policy': 'delete',
    // Append times are the log's clock: no publisher's clock decides anything.
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': String(Math.max(BACKSTOP_MS, 2 * logRetentionMs)),
    'retention.bytes': '-1',
    'max.message.bytes': String(maxMessageBytes),
    // The broker unpacks what a publisher packed, and refuses what grows too large by it: readers need no codecs.
    'compression.type': 'uncompressed',
    'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
    'unclean.leader.election.enable': 'false',
    // A record trimmed is gone from the disk when its segment is: an hour later, not a week.
    'segment.ms': String(HOUR_MS),
  }
  const topic = (name: string, count: number): WantedTopic => ({ topic: name, partitions: count, replicationFactor, config })
  return [
    topic(TOPICS.calls, partitions),
    topic(TOPICS.callCommands, partitions),
    topic(TOPICS.recordings, Math.max(1, Math.ceil(partitions / 4))),
    topic(TOPICS.deadLetters, 1),
  ]
}
