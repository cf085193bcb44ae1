import { LogError } from '../port.ts'
import type { Call } from './call.ts'
import { isPassing, protocolError, toLogError } from './failure.ts'
import { BATCH_OVERHEAD_BYTES, type Placed, tooLarge } from './placing.ts'
import type { Producer } from './produce.ts'
import type { Outcome } from './sending.ts'

/** A record with its place. */
interface Entry {
  readonly call: Call
  readonly index: number
  readonly placed: Placed
}

/** What is to be appended to one partition, in the order of the calls. */
export interface PartitionQueue {
  readonly physicalTopic: string
  readonly partition: number
  /** Why nothing has landed lately. */
  trouble: unknown
  add(call: Call, index: number, placed: Placed): void
  /** Sends the next batch, unless one is under way. False when there is nothing. */
  start(): boolean
}

const BATCH_RECORDS = 2_000

/** `changed` is called when the batch under way has had its end. */
export function createPartitionQueue(producer: Producer, place: Placed, changed: () => void): PartitionQueue {
  const { topic, physicalTopic, partition } = place
  let { maxBatchBytes } = place
  let entries: Entry[] = []
  let isBusy = false
  const queue: PartitionQueue = {
    physicalTopic,
    partition,
    trouble: null,
    add(call, index, placed) {
      call.queues.add(queue)
      entries.push({ call, index, placed })
    },
    start() {
      if (isBusy) return true
      dropOver()
      if (entries.length === 0) return false
      isBusy = true
      void send()
      return true
    },
  }

  function dropOver(): void {
    if (entries.some(({ call }) => call.isOver())) entries = entries.filter(({ call }) => !call.isOver())
  }

  async function send(): Promise<void> {
    let batch: readonly Entry[] = []
    const outcome = await producer.send({
      topic: physicalTopic,
      partition,
      untilMs() {
        if (entries.at(-1)?.call.isOver() === true) dropOver()
        return entries.at(-1)?.call.untilMs ?? Number.NEGATIVE_INFINITY
      },
      take() {
        dropOver()
        batch = takeBatch()
        for (const { call } of batch) call.handed()
        return { messages: batch.map(({ placed }) => placed.message), sizeBytes: sizeOf(batch) }
      },
      troubled: (error) => void (queue.trouble = error),
    })
    isBusy = false
    settle(batch, outcome)
    for (const { call } of batch) call.back()
    changed()
  }

  /** As many as fit into a batch. */
  function takeBatch(): Entry[] {
    let sizeBytes = BATCH_OVERHEAD_BYTES
    const tooMuch = entries.findIndex(({ placed }, index) => {
      sizeBytes += placed.sizeBytes
      return index > 0 && (sizeBytes > maxBatchBytes || index === BATCH_RECORDS)
    })
    return entries.splice(0, tooMuch === -1 ? entries.length : tooMuch)
  }

  function settle(batch: readonly Entry[], outcome: Outcome): void {
    queue.trouble = outcome.ok ? null : outcome.error
    if (outcome.ok) {
      for (const [at, { call, index }] of batch.entries()) {
        if (outcome.appendedAtMs < 0) call.fail(unstamped(physicalTopic))
        call.landed(index, { topic, partition, offset: outcome.baseOffset + at, appendedAtMs: outcome.appendedAtMs })
      }
      return
    }
    const type = protocolError(outcome.error)
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') {
      const [only] = batch
      if (batch.length === 1 && only !== undefined) only.call.fail(tooLarge(physicalTopic, only.placed.sizeBytes, null))
      else {
        maxBatchBytes = Math.ceil(sizeOf(batch) / 2)
        entries.unshift(...batch)
      }
      return
    }
    const error = toLogError(outcome.error, `append to ${physicalTopic}/${partition}`)
    for (const { call } of batch) call.fail(error)
    // Nothing was taken, and nothing would be.
    if (batch.length === 0 && !isPassing(outcome.error)) for (const { call } of entries.splice(0)) call.fail(error)
  }

  return queue
}

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { placed }) => sum + placed.sizeBytes, 0)
}

function unstamped(topic: string): LogError {
  return new LogError(`topic ${topic} does not stamp its records: set message.timestamp.type=LogAppendTime (\`twinreel topics apply\`)`, { retriable: false })
}
