import { type EventLog, LogError, type NewRecord } from '../port.ts'
import { toLogError } from './failure.ts'
import type { PartitionQueue } from './partition-queue.ts'

type Appended = Awaited<ReturnType<EventLog['append']>>

/** A call of `append`, until it has its answer. */
export interface Call {
  readonly records: readonly NewRecord[]
  /** Of `performance.now`. */
  readonly untilMs: number
  /** What its records wait for. */
  readonly queues: Set<PartitionQueue>
  isOver(): boolean
  /** One of its records goes to a broker. */
  handed(): void
  /** What became of a record that was handed over, before `back`. */
  landed(index: number, at: Appended[number]): void
  /** Its records that wait are left out; the answer comes when those that were handed over are back, or at the deadline. */
  fail(error: LogError): void
  back(): void
  answer: Promise<Appended>
}

/** A call fails when `deadlineMs` are over, whatever its records wait for. */
export function createCall(records: readonly NewRecord[], deadlineMs: number): Call {
  const { promise: answer, resolve, reject } = Promise.withResolvers<Appended>()
  const appended: Appended[number][] = []
  const queues = new Set<PartitionQueue>()
  let landed = 0
  let away = 0
  let failure: LogError | null = null
  const timer = setTimeout(() => {
    failure ??= late()
    reject(partly(failure))
  }, deadlineMs)

  function late(): LogError {
    for (const { physicalTopic, partition, trouble } of queues) {
      if (trouble !== null) return toLogError(trouble, `append to ${physicalTopic}/${partition}`)
    }
    return new LogError(`append: no broker has taken anything for ${deadlineMs} ms`, { retriable: true })
  }

  function partly(error: LogError): LogError {
    if (landed === 0) return error
    return new LogError(`${error.message}; ${landed} of ${records.length} records landed`, { retriable: error.retriable, cause: error })
  }

  function settle(): void {
    if (failure === null && landed < records.length) return
    if (away > 0) return
    clearTimeout(timer)
    if (failure === null) resolve(appended)
    else reject(partly(failure))
  }

  return {
    records,
    untilMs: performance.now() + deadlineMs,
    queues,
    isOver: () => failure !== null,
    handed: () => void (away += 1),
    landed(index, at) {
      appended[index] = at
      landed += 1
    },
    fail(error) {
      failure ??= error
      settle()
    },
    back() {
      away -= 1
      settle()
    },
    answer,
  }
}
