// A member of a consumer group in a process of its own: says on its output what it is told.
import { openKafkaLog } from '../src/kafka.ts'
import { brokerSettings } from './kafka-broker.ts'

const [topicPrefix = '', topic = '', groupId = ''] = process.argv.slice(2)
const say = (what: string, partition: number): void => void process.stdout.write(`${what} ${partition}\n`)

const log = await openKafkaLog(brokerSettings({ topicPrefix }))
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
