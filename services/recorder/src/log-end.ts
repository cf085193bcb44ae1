import { lastRead } from '@twinreel/catalog/recorder/lease'
import type { PartitionRange } from '@twinreel/event-log/port'
import type { RecorderDeps } from './deps.ts'
import type { Patiently } from './patience.ts'

/** A log that ends before what was read already is looked at for so long. */
const SETTLE_MS = 15_000
const LOOK_AGAIN_MS = 1_000

/**
 * The partition's range, when it can be believed. Right after a broker took a partition over from another it may say that the log ends before what was read
 * already, and soon knows better. A log that stays shorter is another log, and that costs every live call its recording. `safeOffsetBefore`: how far it was read, as the
 * catalog said before.
 */
export async function settledRange(
  deps: Pick<RecorderDeps, 'catalog' | 'eventLog' | 'clock' | 'log' | 'wait'>,
  options: { given: PartitionRange; logIdentity: string; patiently: Patiently; stopping: AbortSignal },
): Promise<PartitionRange & { safeOffsetBefore: number | null }> {
  const { given, logIdentity, patiently, stopping } = options
  const { topic, partition } = given
  const before = await patiently(() => lastRead(deps.catalog, { topic, partition }))
  if (before === null || before.logIdentity !== logIdentity) return { ...given, safeOffsetBefore: null }
  let range = given
  for (const untilMs = deps.clock.now() + SETTLE_MS; range.endOffset < before.safeOffset && deps.clock.now() < untilMs && !stopping.aborted;) {
    deps.log.warn({ partition, offset: range.endOffset, safeOffset: before.safeOffset }, 'the log ends before what was read already; looking again')
    await deps.wait(LOOK_AGAIN_MS, stopping)
    range = (await patiently(() => deps.eventLog.ranges(topic))).find((other) => other.partition === partition) ?? range
  }
  return { ...range, safeOffsetBefore: before.safeOffset }
}

/** Whether a reader finds nothing from there on, though the log's end lie further: offsets have holes, and the last ones may be holes. */
export async function isEmptyFrom(
  deps: Pick<RecorderDeps, 'eventLog'>,
  from: { topic: string; partition: number; fromOffset: number; patiently: Patiently },
): Promise<boolean> {
  const { topic, partition, fromOffset, patiently } = from
  const { records } = await patiently(() => deps.eventLog.read({ topic, partition, fromOffset, maxRecords: 1, maxBytes: 1 }))
  return records.length === 0
}
