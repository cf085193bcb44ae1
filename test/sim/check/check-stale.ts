import type { Evidence, Violation } from '../world/evidence.ts'
import type { Reference } from './reference.ts'

/** So long after the catalog last said so a recorder may still take a partition for its own. */
const SURE_MS = 5_000

/** Nobody begins to write an object of a partition that another has taken over. What was on its way then may still arrive. */
export function checkStale({ puts, takeovers }: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const partitions = new Map(
    [...references.values()].flatMap(({ effects }) =>
      effects.flatMap(({ effect, record }) => (effect.kind === 'recording.started' ? [[effect.recordingId, record.partition] as const] : [])),
    ),
  )
  return puts.flatMap(({ process, key, askedMs }) => {
    const partition = partitions.get(key.split('/').at(-2) ?? '')
    const holder = takeovers.findLast((one) => one.partition === partition && one.atMs + SURE_MS < askedMs)
    const hadIt = takeovers.some((one) => one.partition === partition && one.process === process)
    if (holder === undefined || holder.process === process || !hadIt) return []
    return takeovers.some((one) => one.partition === partition && one.process === process && one.atMs > holder.atMs)
      ? []
      : [
          {
            check: 'stale',
            message: `${process} wrote ${key}, ${Math.round(askedMs - holder.atMs)} ms after ${holder.process} had taken partition ${partition} over`,
          },
        ]
  })
}
