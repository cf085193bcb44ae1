import { TOPICS } from '@twinreel/contracts/topics'
import type { RecorderDeps, RecorderOptions } from './deps.ts'

/** Trims what is older than the log's retention: of the calls never past what a re-fold may still need. */
export async function trimLog(
  deps: Pick<RecorderDeps, 'eventLog' | 'clock' | 'log'>,
  options: Pick<RecorderOptions, 'logRetentionMs'>,
  safeOffsets: ReadonlyMap<number, number>,
): Promise<void> {
  const olderThanMs = deps.clock.now() - options.logRetentionMs
  let trimmed = 0
  for (const topic of Object.values(TOPICS)) {
    for (const { partition, endOffset } of await deps.eventLog.ranges(topic)) {
      const beforeOffset = topic === TOPICS.calls ? (safeOffsets.get(partition) ?? 0) : endOffset
      trimmed += await deps.eventLog.trim({ topic, partition, beforeOffset, olderThanMs })
    }
  }
  if (trimmed > 0) deps.log.info({ messages: trimmed }, 'log trimmed')
}
