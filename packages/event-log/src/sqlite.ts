import type { Consumer, EventLog } from './port.ts'
import { LogError } from './port.ts'
import { createAppender } from './sqlite/append.ts'
import { startConsumer } from './sqlite/consume.ts'
import { type LogFile, whenFree } from './sqlite/file.ts'
import { openFile } from './sqlite/open.ts'
import { createReader } from './sqlite/read.ts'
import { createTopics } from './sqlite/topics.ts'
import { createTrim } from './sqlite/trim.ts'
import { keepWalSmall } from './sqlite/wal.ts'
import { createWatcher } from './sqlite/watch.ts'

export interface SqliteLogOptions {
  /** The file, created when missing (its directory must exist), or `:memory:`. */
  path: string
  /** Milliseconds UTC; the log's append times follow it, but never go back. */
  clock?: () => number
  /** How long a call waits for other processes before it fails, retriable. Default 30,000. */
  busyTimeoutMs?: number
}

/**
 * The embedded log: one SQLite file that several processes may append to and read at the same time. Offsets are positions in
 * the whole file, so a partition's have holes. Throws `LogError` naming the path when the file is damaged or no log.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<EventLog> {
  const file = await openFile(options.path, options.busyTimeoutMs ?? 30_000)
  try {
    return await whenFree(file, () => createLog(file, options.clock ?? Date.now))
  } catch (error) {
    file.db.close()
    throw error
  }
}

function createLog(file: LogFile, clock: () => number): EventLog {
  const topics = createTopics(file)
  const reader = createReader(file, topics)
  const watcher = createWatcher(file)
  const keepSmall = keepWalSmall(file)
  const consumers = new Set<Consumer>()
  let closing: Promise<void> | null = null

  const appender = createAppender({
    file,
    topics,
    clock,
    committed(sizeBytes) {
      watcher.appended()
      keepSmall(sizeBytes)
    },
  })
  const trim = createTrim(file, topics, keepSmall)
  const identity = file.db.prepare('SELECT identity FROM log')

  function mustBeOpen(): void {
    if (closing !== null) throw new LogError(`event log ${file.path}: it is closed`, { retriable: false })
  }

  async function close(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.stop()))
    await appender.idle()
    file.db.close()
  }

  return {
    async ensureTopics(wanted) {
      mustBeOpen()
      await topics.ensure(wanted)
    },
    async append(records) {
      mustBeOpen()
      return await appender.append(records)
    },
    async consume(consumeOptions) {
      mustBeOpen()
      const ended = (consumer: Consumer) => consumers.delete(consumer)
      const consumer = await startConsumer({ file, topics, reader, watcher, ended }, consumeOptions)
      consumers.add(consumer)
      return consumer
    },
    async ranges(topic) {
      mustBeOpen()
      return await whenFree(file, () => topics.partitionIds(topic).map((_, partition) => reader.range(topic, partition)))
    },
    async read({ maxRecords = 1000, maxBytes = 4 * 1024 * 1024, maxValueBytes = 1024 * 1024, ...from }) {
      mustBeOpen()
      if (!(maxRecords >= 1)) throw new LogError(`maxRecords is ${maxRecords}; a read takes at least one record`, { retriable: false })
      return await whenFree(file, () => reader.batch({ ...from, maxRecords, maxBytes, maxValueBytes }))
    },
    async trim(what) {
      mustBeOpen()
      return await trim(what)
    },
    async identity() {
      mustBeOpen()
      return await whenFree(file, () => String(identity.get()?.identity))
    },
    async close() {
      closing ??= close()
      await closing
    },
  }
}
