import { claimPartition, LogEndOutdatedError, type PartitionClaim } from '@twinreel/catalog/recorder'
import type { PartitionRange } from '@twinreel/event-log/port'
import type { RecorderDeps } from './deps.ts'
import { settledRange } from './log-end.ts'
import type { Moment } from './partition-lease.ts'
import type { Patiently } from './patience.ts'

/**
 * Takes the partition over in the catalog; answers the log's range as it was seen, and when the catalog was asked. Whoever was held up between the two looks at the log
 * again: others may have read past the end that he saw.
 */
export async function takeOver(
  deps: Pick<RecorderDeps, 'catalog' | 'eventLog' | 'clock' | 'log' | 'wait'>,
  options: { given: PartitionRange; logIdentity: string; patiently: Patiently; stopping: AbortSignal; now(): Moment },
): Promise<{ range: PartitionRange; claim: PartitionClaim; asked: Moment }> {
  const { logIdentity, patiently, now } = options
  for (;;) {
    const { safeOffsetBefore, ...range } = await settledRange(deps, options)
    const { topic, partition, firstOffset, endOffset } = range
    const asked = now()
    try {
      const claim = await patiently(() => claimPartition(deps.catalog, { topic, partition, logIdentity, firstOffset, endOffset, safeOffsetBefore }))
      return { range, claim, asked }
    } catch (error) {
      if (!(error instanceof LogEndOutdatedError)) throw error
      deps.log.warn({ partition, error }, 'another recorder has read past the log’s end as it was seen; looking again')
    }
  }
}
