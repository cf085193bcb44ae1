import { setTimeout as delay } from 'node:timers/promises'
import { LogError } from '../port.ts'
import { isConnectionTrouble, isRetriable, protocolError, toLogError } from './failure.ts'
import { type OpenedCluster, openCluster } from './kafkajs.ts'
import type { Cluster } from './protocol.ts'
import type { KafkaLog, KafkaSettings } from './settings.ts'

/** A way to the cluster that is made anew after it broke. */
export interface Link {
  /** Runs `work` on a connected cluster. When the connection fails it is dropped for everybody, and the next call makes a new one. */
  run<T>(work: (cluster: Cluster) => Promise<T>): Promise<T>
  /** As `run`, again and again with growing pauses while what fails may pass, until `deadlineMs` from now. */
  retry<T>(what: string, deadlineMs: number, work: (cluster: Cluster) => Promise<T>): Promise<T>
  /** Whatever is under way fails now. */
  close(): void
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
const GROWTH = 1.6

/** How long to wait before the try after the `failures`-th failure; never in step with others. */
export function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * GROWTH ** Math.min(failures, 20)) * (0.75 + Math.random() / 2)
}

export function createLink(settings: KafkaSettings, log: KafkaLog): Link {
  const { brokers, connectTimeoutMs } = settings
  const where = `Kafka at ${brokers.join(', ')}`
  for (const broker of brokers) {
    if (!/^[^\s:]+:\d{1,5}$/.test(broker)) throw new LogError(`${where}: ${JSON.stringify(broker)} is no address; it must be host:port`, { retriable: false })
  }
  const closing = new AbortController()
  let opening: Promise<OpenedCluster> | null = null
  let attempts = 0

  async function open(): Promise<OpenedCluster> {
    const start = attempts++ % brokers.length
    const opened = openCluster(settings, [...brokers.slice(start), ...brokers.slice(0, start)], log)
    const abort = (): void => opened.abort()
    closing.signal.addEventListener('abort', abort)
    // A listener that speaks another protocol, or a broker that hangs, says nothing at all.
    const deadlineMs = connectTimeoutMs * (brokers.length + 1)
    const timer = setTimeout(abort, deadlineMs)
    const startedMs = performance.now()
    try {
      await opened.cluster.connect()
      await opened.cluster.refreshMetadata()
      // The answer to somebody who may not ask.
      if (opened.cluster.brokerPool.metadata?.brokers.length === 0) throw new Error('the broker names no brokers')
      return opened
    } catch (error) {
      opened.abort()
      closing.signal.removeEventListener('abort', abort)
      const silent = performance.now() - startedMs >= deadlineMs - 1
      if (silent) {
        const told = `no broker answered within ${deadlineMs} ms; are the addresses and the listeners (TLS, SASL or plaintext) the right ones?`
        throw new LogError(`${where}: ${told}`, { retriable: true, cause: error })
      }
      if (error instanceof LogError) throw new LogError(`${where}: ${error.message}`, { retriable: error.retriable, cause: error })
      throw toLogError(error, where)
    } finally {
      clearTimeout(timer)
    }
  }

  function drop(broken: Promise<OpenedCluster>): void {
    if (opening === broken) opening = null
    broken.then(
      (opened) => opened.abort(),
      () => undefined,
    )
  }

  async function run<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    if (closing.signal.aborted) throw new LogError(`${where}: the connection is closed`, { retriable: false })
    const mine = (opening ??= open())
    try {
      const { cluster } = await mine.catch((error: unknown) => {
        if (opening === mine) opening = null
        throw error
      })
      return await work(cluster)
    } catch (error) {
      if (isConnectionTrouble(error)) drop(mine)
      if (closing.signal.aborted) throw new LogError(`${where}: the connection is closed`, { retriable: false, cause: error })
      throw error
    }
  }

  return {
    run,
    async retry(what, deadlineMs, work) {
      const untilMs = performance.now() + deadlineMs
      for (let failures = 0; ; failures++) {
        try {
          return await run(work)
        } catch (error) {
          const waitMs = pauseMs(failures)
          if (!isRetriable(error) || performance.now() + waitMs > untilMs) throw toLogError(error, what)
          await delay(waitMs, null, { signal: closing.signal }).catch(() => undefined)
          // A partition may have another leader now; a new connection asks anyway.
          if (protocolError(error) !== null) await run((cluster) => cluster.refreshMetadata()).catch(() => undefined)
        }
      }
    },
    close() {
      closing.abort()
    },
  }
}
