import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import type { Clock } from '@twinreel/service/clock'
import type { Check } from '@twinreel/service/health'
import type { MetricRegistry } from '@twinreel/service/metrics'
import { lagWatch, type Lag } from './lag.ts'
import type { RecorderMetrics } from './metrics.ts'
import type { Recorder, RecorderStats } from './recorder.ts'

/** A store that has taken nothing, or no journal, for so long is away, whatever else it answers. */
const PUTTING_FAILS_MS = 30_000
/** How long a failure of a partition counts. */
const FAILED_MS = 15_000

const MEBIBYTE = 1024 * 1024

/**
 * Keeps a recorder's gauges, and answers its checks: `log` (it answers), `partitions` (some are assigned, and each has caught up once), `lag`
 * (no further behind than `maxLagMs`), `puts` (the store takes objects), `room` (for more sealed audio) and `journal` (the bucket takes it).
 */
export function watchRecorder(options: {
  recorder: Pick<Recorder, 'stats'>
  eventLog: Pick<EventLog, 'ranges'>
  clock: Clock
  metrics: RecorderMetrics
  registry: MetricRegistry
  maxLagMs: number
}): Readonly<Record<'log' | 'partitions' | 'lag' | 'puts' | 'room' | 'journal', Check>> {
  const { recorder, eventLog, clock, metrics, registry, maxLagMs } = options
  const watch = lagWatch()
  let asking: Promise<ReadonlyMap<number, number>> | null = null
  /** The log's ends when it last said them, by partition. */
  let ends: ReadonlyMap<number, number> = new Map()

  /** Asks the log where it ends; one question at a time. */
  async function askLog(): Promise<void> {
    asking ??= eventLog
      .ranges(TOPICS.calls)
      .then((ranges) => new Map(ranges.map(({ partition, endOffset }) => [partition, endOffset])))
      .finally(() => (asking = null))
    ends = await asking
  }

  function lags(): Lag[] {
    const positions = recorder.stats().byPartition.map(({ partition, nextOffset, lag, readToMs }) => {
      // What the consumer saw last, and what the log said: a consumer that has stopped sees nothing new.
      return { partition, nextOffset, endOffset: Math.max(nextOffset + lag, ends.get(partition) ?? 0), readToMs }
    })
    return watch.look(positions, clock.now())
  }

  registry.onScrape(async () => {
    // The gauges hold also if the log does not answer.
    setGauges(recorder.stats(), lags(), metrics)
    await askLog()
    setGauges(recorder.stats(), lags(), metrics)
  })

  return {
    async log() {
      await askLog()
      return null
    },
    partitions() {
      const { partitions, catchingUp, lastFailureMs } = recorder.stats()
      const failedForMs = lastFailureMs === null ? FAILED_MS : clock.now() - lastFailureMs
      // One that fails again and again goes from recorder to recorder: who had it last must not look well in between.
      if (failedForMs < FAILED_MS) return `a partition could not be recorded ${Math.round(failedForMs / 1_000)} s ago, and is begun anew`
      if (partitions === 0) return 'no partition is assigned'
      return catchingUp === 0 ? null : `${catchingUp} of ${partitions} partitions are still being folded to their end`
    },
    lag() {
      const worst = lags().toSorted((a, b) => b.ageMs - a.ageMs)[0]
      if (worst === undefined || worst.ageMs <= maxLagMs) return null
      return `partition ${worst.partition} is ${Math.round(worst.ageMs / 1_000)} s and ${worst.messages} messages behind; at most ${maxLagMs / 1_000} s are allowed`
    },
    puts() {
      const failsForMs = metrics.puttingFailsForMs()
      return failsForMs < PUTTING_FAILS_MS ? null : `the store has taken no object for ${Math.round(failsForMs / 1_000)} s`
    },
    room() {
      const { isFull, waitingBytes } = recorder.stats()
      return isFull ? `${Math.round(waitingBytes / MEBIBYTE)} MiB of sealed audio wait for the store; the log is read no further` : null
    },
    journal() {
      const failsForMs = metrics.journalFailsForMs()
      return failsForMs < PUTTING_FAILS_MS ? null : `the journal could not be written for ${Math.round(failsForMs / 1_000)} s`
    },
  }
}

function setGauges(stats: RecorderStats, lags: readonly Lag[], { metrics }: RecorderMetrics): void {
  for (const gauge of [metrics.lagMessages, metrics.lagSeconds, metrics.safeLagMessages]) gauge.clear()
  for (const { partition, messages, ageMs } of lags) {
    metrics.lagMessages.set(messages, { partition })
    metrics.lagSeconds.set(ageMs / 1_000, { partition })
  }
  let unsealedBytes = 0
  for (const { partition, nextOffset, safeOffset, unsealedBytes: bytes } of stats.byPartition) {
    metrics.safeLagMessages.set(Math.max(0, nextOffset - safeOffset), { partition })
    unsealedBytes += bytes
  }
  metrics.partitions.set(stats.partitions)
  metrics.catchingUp.set(stats.catchingUp)
  metrics.liveCalls.set(stats.liveCalls)
  metrics.unsealedBytes.set(unsealedBytes)
  metrics.waitingBytes.set(stats.memoryBytes, { place: 'memory' })
  metrics.waitingBytes.set(stats.spoolBytes, { place: 'spool' })
  metrics.waitingBytes.set(stats.putBytes, { place: 'put' })
  metrics.full.set(stats.isFull ? 1 : 0)
}
