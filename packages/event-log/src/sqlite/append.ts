import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { partitionOfKey } from '../key-partition.ts'
import { LogError, type EventLog, type NewRecord } from '../port.ts'
import { inTransaction, type LogFile, whenFree } from './file.ts'
import type { Topics } from './topics.ts'

type Appended = Awaited<ReturnType<EventLog['append']>>

interface Waiting {
  readonly records: readonly NewRecord[]
  readonly sizeBytes: number
  resolve(appended: Appended): void
  reject(error: unknown): void
}

export interface Appender {
  append: EventLog['append']
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

const GROUP_BYTES = 8 * 1024 * 1024
const GROUP_RECORDS = 4096
const WAITING_BYTES = 1024 * 1024 * 1024
/** SQLite's own limit for a row lies at 1,000,000,000 bytes. */
const VALUE_BYTES = 512 * 1024 * 1024
/** SQLite's lock has no queue: without a gap between its transactions a bulk writer would starve the other processes. */
const HOLD_MS = 20
const GAP_MS = 2

function sizeOf(records: readonly NewRecord[]): number {
  let sizeBytes = 0
  for (const { topic, value } of records) {
    if (value.byteLength > VALUE_BYTES) {
      throw new LogError(`topic ${topic}: a value of ${value.byteLength} bytes; ${VALUE_BYTES} is the most`, { retriable: false })
    }
    sizeBytes += value.byteLength
  }
  return sizeBytes
}

/** Group commit: what is appended in one turn of the event loop, or while a transaction runs, shares one transaction and one fsync. */
export function createAppender(options: { file: LogFile; topics: Topics; clock: () => number; committed: (sizeBytes: number) => void }): Appender {
  const { file, topics, clock, committed } = options
  const selectLast = file.db.prepare('SELECT last_appended_at_ms AS last FROM log')
  const updateLast = file.db.prepare('UPDATE log SET last_appended_at_ms = ?')
  const insert = file.db.prepare('INSERT INTO records (partition_id, appended_at_ms, key, headers, value) VALUES (?, ?, ?, ?, ?)')
  const waiting: Waiting[] = []
  let waitingBytes = 0
  let writing: Promise<void> | null = null

  function takeGroup(): Waiting[] {
    let records = 0
    let sizeBytes = 0
    const tooMuch = waiting.findIndex((next, index) => {
      records += next.records.length
      sizeBytes += next.sizeBytes
      return index > 0 && (records > GROUP_RECORDS || sizeBytes > GROUP_BYTES)
    })
    return waiting.splice(0, tooMuch === -1 ? waiting.length : tooMuch)
  }

  function place({ topic, key }: NewRecord): { id: number; partition: number } {
    const partition = partitionOfKey(key, topics.partitionIds(topic).length)
    return { id: topics.partitionId(topic, partition), partition }
  }

  function write(records: readonly NewRecord[], appendedAtMs: number): Appended {
    // Every record has its place before the first is written: an unknown topic refuses the whole call.
    const places = records.map(place)
    return records.map(({ topic, key, headers, value }, index) => {
      const { id, partition } = places[index] ?? { id: -1, partition: -1 }
      const { lastInsertRowid } = insert.run(id, appendedAtMs, key, JSON.stringify(headers), value)
      return { topic, partition, offset: Number(lastInsertRowid), appendedAtMs }
    })
  }

  /** One outcome per call: an unknown topic in one of them does not spoil the others. */
  function writeGroup(group: readonly Waiting[]): (() => void)[] {
    const appendedAtMs = Math.max(Number(selectLast.get()?.last), Math.floor(clock()))
    const outcomes = group.map((call) => {
      try {
        const appended = write(call.records, appendedAtMs)
        return () => call.resolve(appended)
      } catch (error) {
        if (!(error instanceof LogError)) throw error
        return () => call.reject(error)
      }
    })
    updateLast.run(appendedAtMs)
    return outcomes
  }

  async function writeAll(): Promise<void> {
    let heldMs = 0
    while (waiting.length > 0) {
      if (heldMs < HOLD_MS) await turn()
      else {
        await delay(GAP_MS)
        heldMs = 0
      }
      const group = takeGroup()
      const sizeBytes = group.reduce((sum, call) => sum + call.sizeBytes, 0)
      try {
        const outcomes = await whenFree(file, () => {
          const startedAtMs = performance.now()
          const written = inTransaction(file.db, () => writeGroup(group))
          heldMs += performance.now() - startedAtMs
          return written
        })
        for (const settle of outcomes) settle()
        committed(sizeBytes)
      } catch (error) {
        for (const call of group) call.reject(error)
      } finally {
        waitingBytes -= sizeBytes
      }
    }
    writing = null
  }

  return {
    async append(records) {
      if (records.length === 0) return []
      const sizeBytes = sizeOf(records)
      if (waiting.length > 0 && waitingBytes + sizeBytes > WAITING_BYTES) {
        throw new LogError(`event log ${file.path}: ${waitingBytes} bytes wait to be written already`, { retriable: true })
      }
      waitingBytes += sizeBytes
      return await new Promise<Appended>((resolve, reject) => {
        waiting.push({ records, sizeBytes, resolve, reject })
        writing ??= writeAll()
      })
    },
    async idle() {
      await writing
    },
  }
}
