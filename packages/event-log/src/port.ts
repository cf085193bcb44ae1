/**
 * The call log's port: append-only topics of partitions, consumed in order with positions.
 *
 * What an adapter guarantees:
 * - `append` resolves only when every record is durable; records of one key land in one partition, in the order given
 *   and in the order of the calls. It is all or nothing per call where the engine can do that, else in order, and a failure names how many landed.
 *   A call that failed because its time was up may land all the same, later: who repeats it may write it twice.
 * - Offsets of a partition only grow, are never reused, also after a trim, and may have holes.
 * - `appendedAtMs` is the log's own clock (LogAppendTime), as the engine has it: it goes on from record to record of a partition,
 *   but where an engine's clock is set back, or a partition gets a leader with another one, it may step back as far.
 * - A consumer delivers one partition's batches one after another, never two at a time, each record once per assignment.
 * - Errors are `LogError`; `retriable` says that the same call may succeed later.
 * What it need not do: deduplicate, remember offsets for correctness (a consumer says at assignment where it starts), or
 * keep more of a record than key, headers and value.
 */

export interface NewRecord {
  topic: string
  key: string
  headers: Readonly<Record<string, string>>
  value: Uint8Array
}

export interface LogRecord {
  topic: string
  partition: number
  offset: number
  key: string
  headers: Readonly<Record<string, string>>
  /** `null` when the value is larger than the reader's `maxValueBytes`; `sizeBytes` still says how large it is. */
  value: Uint8Array | null
  sizeBytes: number
  /** Milliseconds UTC by the log's clock. */
  appendedAtMs: number
}

export interface PartitionRange {
  topic: string
  partition: number
  /**
   * Where the kept part begins: nothing at or after it was forgotten, so reading from it, or from any later offset, misses
   * nothing. The oldest record kept may lie further on (offsets have holes). Equals `endOffset` after everything was trimmed.
   */
  firstOffset: number
  /** Offset the next record will have at least. */
  endOffset: number
}

export interface Batch {
  topic: string
  partition: number
  records: readonly LogRecord[]
  /** The partition's end when this batch was read: the batch reaches it when `records.at(-1).offset + 1 >= endOffset`. */
  endOffset: number
}

export interface ConsumerHandler {
  /** Called before the first batch of a partition; answers the offset to read from (clamp it to the range yourself: an offset outside is an error). */
  assigned(range: PartitionRange): Promise<number>
  /** The next batch waits until this resolves. A rejection stops the consumer: `done` rejects with it. */
  batch(batch: Batch): Promise<void>
  /** The partition goes to somebody else, or the consumer stops. No batch of it follows. */
  revoked(partition: number): Promise<void>
}

export interface ConsumeOptions {
  topic: string
  /** Members of a group share a topic's partitions. An embedded log has one process and one member per group. */
  groupId: string
  handler: ConsumerHandler
  /** A batch holds about this many bytes of values at most, and at least one record. Default 4 MiB. */
  maxBatchBytes?: number
  /** Values above this come without their bytes. Default 1 MiB. */
  maxValueBytes?: number
}

export interface Consumer {
  /** No further batches of the partition until `resume`; the one under way finishes. A pause before the assignment counts too. */
  pause(partition: number): void
  resume(partition: number): void
  /** Waits for the batch under way, revokes every partition, then resolves. Don't await it inside the handler: it waits for the handler. */
  stop(): Promise<void>
  /**
   * Settles when the consumer ends: resolves after `stop`, rejects when the handler or the engine failed for good. Watch it from the
   * start: a failure nobody watches ends the process, as an unhandled rejection should.
   */
  done: Promise<void>
}

export interface EventLog {
  /** Creates topics that are missing; an existing one with another partition count is an error. */
  ensureTopics(topics: readonly { topic: string; partitions: number }[]): Promise<void>
  append(records: readonly NewRecord[]): Promise<readonly { topic: string; partition: number; offset: number; appendedAtMs: number }[]>
  consume(options: ConsumeOptions): Promise<Consumer>
  /** One range per partition of the topic, by partition; an unknown topic is an error. */
  ranges(topic: string): Promise<readonly PartitionRange[]>
  /**
   * Reads forward from `fromOffset`, without a group: at most `maxRecords` (default 1,000) and `maxBytes` (default 4 MiB). Empty at
   * the end; an offset outside the range is an error, so that a reader is never silently moved.
   */
  read(options: { topic: string; partition: number; fromOffset: number; maxRecords?: number; maxBytes?: number; maxValueBytes?: number }): Promise<Batch>
  /** Forgets records below `beforeOffset` that were also appended before `olderThanMs`; answers how many went (an engine may count the holes between them). */
  trim(options: { topic: string; partition: number; beforeOffset: number; olderThanMs: number }): Promise<number>
  /** Changes when the log is another one than before (a new file, a new cluster): positions of one identity mean nothing in another. */
  identity(): Promise<string>
  close(): Promise<void>
}

/** What the log's engine refused or could not do. `retriable`: the same call may succeed later, unchanged. */
export class LogError extends Error {
  readonly retriable: boolean
  constructor(message: string, options: { retriable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'LogError'
    this.retriable = options.retriable
  }
}
