import type { Batch, ConsumerHandler, LogError, PartitionRange } from '@twinreel/event-log/port'

export interface LaneParts {
  partition: number
  handler: ConsumerHandler
  after: Promise<void>
  range(): Promise<PartitionRange>
  /** The next records from there, when there are any; `null` when it should ask again. */
  fetch(offset: number): Promise<Batch | null>
  /** Throws when the offset lies outside of the partition. */
  check(range: PartitionRange, offset: number): LogError | null
  isPaused(): boolean
  isFresh(): boolean
}

/** One partition during one assignment, by the rules of the real adapter's lane. */
export interface Lane {
  readonly partition: number
  isOpen(): boolean
  wake(): void
  close(): void
  done: Promise<void>
}

export function createLane(parts: LaneParts): Lane {
  const { partition, handler } = parts
  let isOpen = true
  let wakeUp = (): void => undefined
  const changed = (): Promise<void> => new Promise((resolve) => (wakeUp = resolve))
  const wake = (): void => wakeUp()

  async function run(): Promise<void> {
    await parts.after
    if (!isOpen) return
    const range = await parts.range()
    if (!isOpen) return
    const fromOffset = await handler.assigned(range)
    try {
      const problem = parts.check(range, fromOffset)
      if (problem !== null) throw problem
      await deliver(fromOffset)
    } finally {
      isOpen = false
      await handler.revoked(partition)
    }
  }

  async function deliver(fromOffset: number): Promise<void> {
    let next = fromOffset
    while (isOpen) {
      if (parts.isPaused()) {
        await changed()
        continue
      }
      const closed = changed()
      const batch = await Promise.race([parts.fetch(next), closed.then(() => null)])
      while (isOpen && batch !== null && (parts.isPaused() || !parts.isFresh())) await changed()
      const last = batch?.records.at(-1)
      if (!isOpen || batch === null || last === undefined) continue
      await handler.batch(batch)
      next = last.offset + 1
    }
  }

  const done = run().finally(() => (isOpen = false))
  return {
    partition,
    isOpen: () => isOpen,
    wake,
    close() {
      isOpen = false
      wake()
    },
    done,
  }
}
