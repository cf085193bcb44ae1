import type { Evidence, Violation } from '../world/evidence.ts'
import type { Reference } from './reference.ts'

/** So long after the catalog last said so a recorder may take a partition for its own, and begin what it has decided on. */
const SURE_MS = 6_000

/** Nobody begins to write an object of a partition that another has taken over. What was on its way then may still arrive. */
export function checkStale({ begunPuts, takeovers }: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const partitions = new Map(
    [...references.values()].flatMap(({ effects }) =>
      effects.flatMap(({ effect, record }) => (effect.kind === 'recording.started' ? [[effect.recordingId, record.partition] as const] : [])),
    ),
  )
  return begunPuts.flatMap(({ process, key, atMs }) => {
    const partition = partitions.get(key.split('/').at(-2) ?? '')
    const holder = takeovers.findLast((one) => one.partition === partition && one.atMs + SURE_MS < atMs)
    const hadIt = takeovers.some((one) => one.partition === partition && one.process === process)
    if (holder === undefined || holder.process === process || !hadIt) return []
    // Whoever took it back later has it.
    if (takeovers.some((one) => one.partition === partition && one.process === process && one.atMs > holder.atMs && one.atMs <= atMs)) return []
    const lateMs = Math.round(atMs - holder.atMs)
    return [{ check: 'stale', message: `${process} began to write ${key}, ${lateMs} ms after ${holder.process} had taken partition ${partition} over` }]
  })
}
