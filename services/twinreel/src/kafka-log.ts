import type { KafkaLog } from '@twinreel/event-log/kafka/settings'
import type { Logger } from '@twinreel/service/log'
import type { LogFields } from '@twinreel/service/log-fields'

/** What the log's adapter says beside its calls, in the process's log; of partitions how many. kafkajs's own words stay out: what they lead to is told already. */
export function kafkaLog(log: Logger): KafkaLog {
  return (level, message, { topic, groupId, generation, members, partitions, reason }) => {
    if (level === 'debug') return
    const fields: Record<string, unknown> = { topic, groupId, generation, members, reason }
    log[level]({ ...(fields as LogFields), ...(Array.isArray(partitions) ? { count: partitions.length } : {}) }, message)
  }
}
