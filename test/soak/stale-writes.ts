import type { RecorderProcess } from '../support/recorders/recorder-process.ts'
import type { TappedPut } from '../support/recorders/s3-tap.ts'
import type { Reign } from '../support/recorders/write-audit.ts'

/** Puts beyond the end of an epoch. */
export interface StalePuts {
  /** Begun when the partition was somebody else's, and taken by the store. */
  begunAfter: string[]
  /** Begun in time, and answered when the partition was somebody else's: what was on its way can't be called back. */
  onTheirWay: TappedPut[]
}

export function stalePuts(
  recorders: readonly Pick<RecorderProcess, 'name' | 'puts'>[],
  reigns: readonly Reign[],
  partitionOf: ReadonlyMap<string, number>,
): StalePuts {
  const byPartition = Map.groupBy(reigns, ({ partition }) => partition)
  const found: StalePuts = { begunAfter: [], onTheirWay: [] }
  for (const { name, puts } of recorders) {
    for (const put of puts.filter(({ status }) => status !== null)) {
      const partition = partitionOf.get(put.key.split('/')[3] ?? '') ?? -1
      const own = (byPartition.get(partition) ?? []).filter(({ writer }) => writer === name)
      const begunIn = own.find(({ fromMs, toMs }) => fromMs <= put.arrivedMs && put.arrivedMs <= toMs)
      if (begunIn === undefined && put.status === 200) found.begunAfter.push(`${name} wrote ${put.key} at ${new Date(put.arrivedMs).toISOString()}`)
      else if (begunIn !== undefined && put.answeredMs > begunIn.toMs) found.onTheirWay.push(put)
    }
  }
  return found
}
