import { setImmediate as turn } from 'node:timers/promises'
import { type EventLog, LogError, type NewRecord } from '../port.ts'
import { protocolError, toLogError } from './failure.ts'
import type { Link } from './link.ts'
import { BATCH_OVERHEAD_BYTES, createPlacing, tooLarge } from './placing.ts'
import { createProducer, type Outcome } from './produce.ts'
import type { ProducedMessage } from './protocol.ts'

type Appended = Awaited<ReturnType<EventLog['append']>>

interface Call {
  readonly records: readonly NewRecord[]
  readonly sizeBytes: number
  /** Of `performance.now`. */
  readonly untilMs: number
  readonly appended: Appended[number][]
  landed: number
  error: LogError | null
  resolve(appended: Appended): void
  reject(error: unknown): void
}

/** A record with its place. */
interface Entry {
  readonly call: Call
  readonly index: number
  readonly sizeBytes: number
  readonly message: ProducedMessage
}

interface Lane {
  readonly topic: string
  readonly physicalTopic: string
  readonly partition: number
  maxBatchBytes: number
  entries: Entry[]
}

export interface Appender {
  append: EventLog['append']
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

const GROUP_BYTES = 8 * 1024 * 1024
const GROUP_RECORDS = 2_000
const WAITING_BYTES = 256 * 1024 * 1024
/**
 * Calls wait in a queue and go in groups, one group at a time, so that calls keep their order and share requests. A call fails
 * when its deadline has passed; records already given to a broker by then may land all the same.
 */
export function createAppender(link: Link, options: { prefix: string; sendDeadlineMs: number; requestTimeoutMs: number }): Appender {
  const { sendDeadlineMs } = options
  const placing = createPlacing(link, options.prefix)
  const producer = createProducer(link, options.requestTimeoutMs)
  const waiting: Call[] = []
  let waitingBytes = 0
  let sending: Promise<void> | null = null

  async function place(call: Call, lanes: Map<string, Lane>): Promise<void> {
    for (const [index, placed] of (await placing(call.records, call.untilMs - performance.now())).entries()) {
      const { topic, physicalTopic, partition, maxBatchBytes, sizeBytes, message } = placed
      const key = `${topic}/${partition}`
      const lane = lanes.get(key) ?? { topic, physicalTopic, partition, maxBatchBytes, entries: [] }
      lanes.set(key, lane)
      lane.entries.push({ call, index, sizeBytes, message })
    }
  }

  async function sendGroup(group: readonly Call[]): Promise<void> {
    const lanes = new Map<string, Lane>()
    for (const call of group) {
      try {
        if (performance.now() >= call.untilMs) throw new LogError(`no broker has taken anything for ${sendDeadlineMs} ms`, { retriable: true })
        await place(call, lanes)
      } catch (error) {
        call.error = toLogError(error, 'append')
      }
    }
    const untilMs = Math.max(...group.map((call) => call.untilMs))
    for (;;) {
      const rounds = [...lanes.values()].map((lane) => ({ lane, entries: takeBatch(lane) })).filter(({ entries }) => entries.length > 0)
      if (rounds.length === 0) return
      const batches = rounds.map(({ lane, entries }) => ({
        topic: lane.physicalTopic,
        partition: lane.partition,
        messages: entries.map(({ message }) => message),
      }))
      const outcomes = await producer.send(batches, untilMs)
      for (const [index, { lane, entries }] of rounds.entries()) settle(lane, entries, outcomes[index])
    }
  }

  function settle(lane: Lane, entries: readonly Entry[], outcome: Outcome | undefined): void {
    if (outcome?.ok === true) {
      for (const [at, { call, index }] of entries.entries()) {
        call.landed += 1
        call.appended[index] = { topic: lane.topic, partition: lane.partition, offset: outcome.baseOffset + at, appendedAtMs: outcome.appendedAtMs }
        if (outcome.appendedAtMs < 0)
          call.error ??= new LogError(
            `topic ${lane.physicalTopic} does not stamp its records: set message.timestamp.type=LogAppendTime (\`twinreel topics apply\`)`,
            { retriable: false },
          )
      }
      return
    }
    const type = protocolError(outcome?.error)
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') {
      const [only] = entries
      if (entries.length === 1 && only !== undefined) only.call.error ??= tooLarge(lane.physicalTopic, only.sizeBytes, null)
      else {
        lane.maxBatchBytes = Math.ceil(entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 2)
        lane.entries.unshift(...entries)
      }
      return
    }
    // What follows in the partition must not land without what stands before it.
    const error = toLogError(outcome?.error, `append to ${lane.physicalTopic}/${lane.partition}`)
    for (const { call } of [...entries, ...lane.entries]) call.error ??= error
    lane.entries = []
  }

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      await turn()
      const group = takeGroup(waiting)
      await sendGroup(group).catch((error: unknown) => {
        for (const call of group) call.error ??= toLogError(error, 'append')
      })
      for (const call of group) {
        waitingBytes -= call.sizeBytes
        if (call.error === null) call.resolve(call.appended)
        else call.reject(call.landed === 0 ? call.error : partly(call, call.error))
      }
    }
    sending = null
  }

  return {
    async append(records) {
      if (records.length === 0) return []
      const sizeBytes = records.reduce((sum, { value }) => sum + value.byteLength, 0)
      if (waiting.length > 0 && waitingBytes + sizeBytes > WAITING_BYTES) {
        throw new LogError(`append: ${waitingBytes} bytes wait to be sent already`, { retriable: true })
      }
      waitingBytes += sizeBytes
      return await new Promise<Appended>((resolve, reject) => {
        waiting.push({ records, sizeBytes, untilMs: performance.now() + sendDeadlineMs, appended: [], landed: 0, error: null, resolve, reject })
        sending ??= sendAll()
      })
    },
    async idle() {
      await sending
    },
  }
}

function takeGroup(waiting: Call[]): Call[] {
  let records = 0
  let sizeBytes = 0
  const tooMuch = waiting.findIndex((call, index) => {
    records += call.records.length
    sizeBytes += call.sizeBytes
    return index > 0 && (records > GROUP_RECORDS || sizeBytes > GROUP_BYTES)
  })
  return waiting.splice(0, tooMuch === -1 ? waiting.length : tooMuch)
}

/** The lane's next records, as many as fit into a batch; those of calls that have failed are left out for good. */
function takeBatch(lane: Lane): Entry[] {
  lane.entries = lane.entries.filter(({ call }) => call.error === null)
  let sizeBytes = BATCH_OVERHEAD_BYTES
  const tooMuch = lane.entries.findIndex((entry, index) => {
    sizeBytes += entry.sizeBytes
    return index > 0 && sizeBytes > lane.maxBatchBytes
  })
  return lane.entries.splice(0, tooMuch === -1 ? lane.entries.length : tooMuch)
}

function partly(call: Call, error: LogError): LogError {
  return new LogError(`${error.message}; ${call.landed} of ${call.records.length} records landed`, { retriable: error.retriable, cause: error })
}
