import { TOPICS } from '@twinreel/contracts/topics'
import type { Machine } from '../process.ts'
import type { Parts } from '../world-parts.ts'
import type { Broker } from './broker.ts'

const WITHIN_MS = 20_000

/** The log forgets what a recorder that is dead or frozen had still to read: its disk was too small, or somebody deleted records. */
export function trimUnderSleepers({ time, faults }: Parts, broker: Broker, machine: Machine): void {
  if (machine.kind !== 'recorder' || !machine.hasFaults) return
  const mayTrim = (): void => {
    if (!faults.fires('log-trimmed-under-sleeper')) return
    time.at(time.now() + faults.random.between(0, WITHIN_MS), 'trim', () => {
      const partitions = broker.partitions(TOPICS.calls)
      const chosen = partitions[faults.random.whole(0, partitions.length - 1)]
      if (chosen !== undefined) broker.trim(TOPICS.calls, chosen.partition, faults.random.whole(chosen.firstOffset, chosen.endOffset))
    })
  }
  machine.watch({ died: mayTrim, froze: mayTrim })
}
