// A member of a consumer group in a process of its own: says on its output what it is told.
import { openKafkaLog } from '../src/kafka.ts'
import { brokerSettings } from './kafka-broker.ts'

const [topicPrefix = '', topic = '', groupId = '', sessionTimeoutMs = '6000'] = process.argv.slice(2)
const say = (what: string, partition: number): void => void process.stdout.write(`${what} ${partition}\n`)

const log = await openKafkaLog(brokerSettings({ topicPrefix, sessionTimeoutMs: Number(sessionTimeoutMs) }), {
  members: {
    dead: () => [],
    joining: (member) => void process.stdout.write(`member ${JSON.stringify(member)}\n`),
    left: () => undefined,
  },
})
await log.consume({
  topic,
  groupId,
  handler: {
    async assigned({ partition, endOffset }) {
      say('assigned', partition)
      return endOffset
    },
    async batch({ partition }) {
      say('batch', partition)
    },
    async revoked(partition) {
      say('revoked', partition)
    },
  },
})
