import { EpochLostError } from '@twinreel/catalog/recorder'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Consumer } from '@twinreel/event-log/port'
import { freeMemory } from './audio-pieces.ts'
import { DEFAULT_OPTIONS, type RecorderDeps, type RecorderOptions } from './deps.ts'
import { journalWriter } from './journal-writer.ts'
import { trimLog } from './log-retention.ts'
import { outboxPublisher } from './outbox-publisher.ts'
import { patience } from './patience.ts'
import { partitionRecorder, type PartitionRecorder } from './partition-recorder.ts'
import type { PartitionStats } from './partition-stats.ts'
import { openSpool } from './spool.ts'
import { storeWriter, type StoreWriter } from './store-writer.ts'

export interface Recorder {
  /** Resolves when every partition assigned so far has been folded to what was its end then: from then on it records live. */
  ready: Promise<void>
  stats(): RecorderStats
  /** Reads no further, finishes what it can, and keeps nothing: what is not durable yet is folded again by the next recorder. */
  stop(): Promise<void>
  /** Settles when the recorder ends: resolves after `stop`, rejects when an engine failed for good. */
  done: Promise<void>
}

/** `isFull`: so much sealed audio waits for the store that nothing more is read; not ready. */
export type RecorderStats = Pick<PartitionStats, 'liveCalls' | 'lag' | 'deadLetters' | 'duplicateEvents' | 'duplicateAudioMs' | 'lateAudioMs'> & {
  waitingBytes: number
  isFull: boolean
  partitions: number
  /** Partitions still being folded to what was their end when they were assigned. */
  catchingUp: number
  /** When a partition could last not be recorded, milliseconds UTC. */
  lastFailureMs: number | null
  byPartition: readonly ({ partition: number } & PartitionStats)[]
} & ReturnType<StoreWriter['waiting']>

const TRIM_EVERY_MS = 10 * 60_000
const LATE_PUTS_MS = 30_000
const PUBLISH_EVERY_MS = 2_000
/** What is lost with a catalog of what ended since the last time, the log must still hold. */
const JOURNAL_EVERY_MS = 3_000
const RESTART_MS = 1_000
/** A drain gives the store and the catalog this long to take what is sealed; what they do not take is folded again later. */
const DRAIN_MS = 8_000
const DRAIN_PUTS_MS = 5_000

/** Consumes the call log and records, from the catalog's checkpoints on. */
export async function startRecorder(deps: RecorderDeps): Promise<Recorder> {
  const options: RecorderOptions = { ...DEFAULT_OPTIONS, ...deps.options }
  const { putConcurrency: concurrency, maxMemoryBytes, spoolDir } = options
  const spool = spoolDir === null ? null : await (deps.openSpool ?? openSpool)(spoolDir)
  const maxWaitingBytes = spool === null ? maxMemoryBytes : options.maxWaitingBytes
  const writer = storeWriter(deps.store, deps, { concurrency, maxMemoryBytes, maxWaitingBytes, spool })
  const outbox = outboxPublisher(deps)
  const journal = journalWriter(deps)
  const free = freeMemory()
  const stopping = new AbortController()
  const patiently = patience(deps, { stopping: stopping.signal, isVoid: () => false })
  let partitions = new Map<number, PartitionRecorder>()
  let lastFailureMs: number | null = null
  /** Those whose partition is being given back. */
  const leaving = new WeakSet<PartitionRecorder>()
  let isReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (isReady = resolve))
  let consumer = await consume()
  const done = supervise()
  const stopTicking = deps.every(options.tickMs, () => {
    for (const partition of partitions.values()) partition.tick().catch((error: unknown) => deps.log.warn({ error }, 'timers could not be appended'))
  })
  // Others put messages there too, from processes of their own.
  const stopPublishing = deps.every(PUBLISH_EVERY_MS, outbox.kick)
  const stopJournaling = deps.every(JOURNAL_EVERY_MS, journal.kick)
  const stopTrimming = deps.every(TRIM_EVERY_MS, () => {
    const safe = new Map([...partitions].map(([partition, recorder]) => [partition, recorder.stats().safeOffset]))
    trimLog(deps, options, safe).catch((error: unknown) => deps.log.warn({ error }, 'the log could not be trimmed'))
  })
  outbox.kick()

  function consume(): Promise<Consumer> {
    for (const old of partitions.values()) old.abandon()
    partitions = new Map()
    return deps.eventLog.consume({
      topic: TOPICS.calls,
      groupId: options.groupId,
      maxValueBytes: options.maxValueBytes,
      handler: {
        async assigned(range) {
          const recorder = partitionRecorder(range.partition, {
            deps,
            options,
            writer,
            free,
            committed: outbox.kick,
            lost,
            stopping: stopping.signal,
            caughtUp,
          })
          partitions.set(range.partition, recorder)
          const from = await recorder.assign(range)
          return from
        },
        async batch(batch) {
          const recorder = partitions.get(batch.partition)
          try {
            await recorder?.take(batch)
          } catch (error) {
            partitions.delete(batch.partition)
            throw error
          }
        },
        async revoked(partition) {
          const recorder = partitions.get(partition)
          if (recorder !== undefined) leaving.add(recorder)
          // Whoever takes over waits for us, and folds again what we did not get done.
          const over = new AbortController()
          await Promise.race([drained(recorder), deps.wait(DRAIN_MS, over.signal)])
          over.abort()
          recorder?.abandon()
          partitions.delete(partition)
          deps.log.info({ partition }, 'partition given back')
        },
      },
    })
  }

  async function drained(recorder: PartitionRecorder | undefined): Promise<void> {
    await writer.settle(DRAIN_PUTS_MS)
    await recorder?.drain()
  }

  /** A partition that is assigned and not yet caught up still keeps the others from being all there is to say. */
  function caughtUp(): void {
    if ([...partitions.values()].every((recorder) => recorder.stats().isCaughtUp)) isReady()
  }

  /** A partition that somebody else took, or whose engine failed: everything in memory is void, and the log is folded again. */
  function lost(recorder: PartitionRecorder, error: unknown): void {
    recorder.abandon()
    const [partition] = [...partitions].find(([, current]) => current === recorder) ?? []
    // One that was given up already has nothing to say about its successor.
    if (partition === undefined) return
    partitions.delete(partition)
    deps.observe?.lost(error instanceof EpochLostError ? 'epoch' : 'failure')
    if (!(error instanceof EpochLostError)) lastFailureMs = deps.clock.now()
    if (error instanceof EpochLostError) deps.log.warn({ partition, error }, 'another recorder has the partition')
    else deps.log.error({ partition, error }, 'a partition could not be recorded; starting over from its checkpoint')
    // What is given back anyway is begun anew when it is assigned again.
    if (!leaving.has(recorder)) consumer.stop().catch((stopError: unknown) => deps.log.warn({ error: stopError }, 'the consumer did not stop'))
  }

  /** Starts over whenever the consumer ends without having been asked to. */
  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await consumer.done
      } catch (error) {
        deps.log.error({ error }, 'the consumer failed; starting over')
      }
      if (stopping.signal.aborted) return
      await deps.wait(RESTART_MS, stopping.signal)
      // A put of before that ends late could bring back what was deleted since.
      await writer.settle(LATE_PUTS_MS)
      if (stopping.signal.aborted) return
      try {
        consumer = await patiently(consume)
      } catch (error) {
        if (stopping.signal.aborted) return
        throw error
      }
    }
  }

  return {
    ready,
    stats() {
      const byPartition = [...partitions].map(([partition, recorder]) => ({ partition, ...recorder.stats() }))
      const sum = {
        liveCalls: 0,
        lag: 0,
        deadLetters: 0,
        duplicateEvents: 0,
        duplicateAudioMs: 0,
        lateAudioMs: 0,
        waitingBytes: writer.waitingBytes(),
        isFull: writer.isFull(),
        partitions: partitions.size,
        catchingUp: 0,
        lastFailureMs,
        byPartition,
        ...writer.waiting(),
      }
      for (const stats of byPartition) {
        if (!stats.isCaughtUp) sum.catchingUp += 1
        sum.liveCalls += stats.liveCalls
        sum.lag += stats.lag
        sum.deadLetters += stats.deadLetters
        sum.duplicateEvents += stats.duplicateEvents
        sum.duplicateAudioMs += stats.duplicateAudioMs
        sum.lateAudioMs += stats.lateAudioMs
      }
      return sum
    },
    async stop() {
      stopping.abort()
      stopTicking()
      stopPublishing()
      stopJournaling()
      stopTrimming()
      writer.unblock()
      await consumer.stop()
      await writer.stop()
      await outbox.stop()
      await journal.stop()
      await done
    },
    done,
  }
}
