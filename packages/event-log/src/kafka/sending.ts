import { LogError } from '../port.ts'
import { isPassing, protocolError } from './failure.ts'
import { pauseMs } from './link.ts'
import type { Written } from './produced.ts'
import type { ProducerId, ProducerIds } from './producer-id.ts'
import type { ProducedMessage } from './protocol.ts'

/** What a partition has to send; a partition has one of them under way at most. */
export interface PartitionBatch {
  readonly topic: string
  readonly partition: number
  /** Until when it is worth a try, of `performance.now`. Asked until `take` was. */
  untilMs(): number
  /** Called when it is handed to the broker, the first time only: later tries send the same. Nothing, when nobody wants it sent any more. */
  take(): { messages: readonly ProducedMessage[]; sizeBytes: number }
  /** A try has failed and there will be another one. */
  troubled(error: unknown): void
}

/** `isDoubtful`: it was handed to a broker, so it may have landed, or land later. */
export type Outcome = { ok: true; baseOffset: number; appendedAtMs: number } | { ok: false; error: unknown; isDoubtful: boolean }

/** A batch on its way. */
export interface Sending {
  readonly batch: PartitionBatch
  readonly key: string
  /** What was handed to a broker, or was about to be. */
  content: { readonly messages: readonly ProducedMessage[]; readonly sizeBytes: number; readonly untilMs: number } | null
  /** How the brokers know it. */
  name: { readonly id: ProducerId; readonly firstSequence: number } | null
  /** A try may have landed although no answer said so. */
  isUnsure: boolean
  failures: number
  /** Of the last try. */
  error: unknown
  resolve(outcome: Outcome): void
}

/** The broker does not know the producer or its sequence any more. */
const ID_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'DUPLICATE_SEQUENCE_NUMBER',
])
/** Said before anything is written. Every other error may come from a leader that has written the records, and they may stay. */
const REFUSED = new Set([...ID_LOST, 'NOT_ENOUGH_REPLICAS', 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'TOPIC_AUTHORIZATION_FAILED'])

export function untilMs({ content, batch }: Sending): number {
  return content?.untilMs ?? batch.untilMs()
}

export function isOver(sending: Sending): boolean {
  return performance.now() >= untilMs(sending)
}

/** What becomes of batches. `retry` is called when a batch is to be tried again. */
export function createFates(ids: ProducerIds, retry: (sending: Sending) => void) {
  /** Last offset of each partition that was acknowledged. */
  const acknowledged = new Map<string, number>()

  function fail(sending: Sending, error: unknown): void {
    // Its numbers are spent or not, nobody knows.
    if (sending.name !== null) ids.forget(sending.name.id)
    sending.resolve({ ok: false, error, isDoubtful: sending.content !== null })
  }

  function again(sending: Sending, error: unknown): void {
    const waitMs = pauseMs(sending.failures++)
    if (sending.content !== null && performance.now() + waitMs >= untilMs(sending)) {
      fail(sending, error)
      return
    }
    sending.error = error
    sending.batch.troubled(error)
    setTimeout(retry, waitMs, sending).unref()
  }

  /** Nothing of it is in the log: it may be sent under another id. */
  function renew(sending: Sending, error: unknown): void {
    if (sending.name !== null) ids.forget(sending.name.id)
    sending.name = null
    sending.isUnsure = false
    again(sending, error)
  }

  return {
    /** Its time is up. */
    late(sending: Sending): void {
      fail(sending, sending.error ?? new Error('no broker has answered in time'))
    },

    /** The error of a try, or of what comes before one. */
    failed(sending: Sending, error: unknown): void {
      const type = protocolError(error)
      sending.isUnsure ||= sending.name !== null && (type === null || !REFUSED.has(type))
      if (type !== null && ID_LOST.has(type) && sending.name !== null) {
        if (sending.isUnsure) fail(sending, error)
        else renew(sending, error)
      } else if (isPassing(error)) again(sending, error)
      else fail(sending, error)
    },

    /** Gives it the name it is sent under; false when nobody wants it sent any more. */
    hand(sending: Sending, current: ProducerId): boolean {
      if (isOver(sending)) return false
      if (sending.content === null) {
        const until = sending.batch.untilMs()
        const content = sending.batch.take()
        if (content.messages.length === 0) return false
        sending.content = { ...content, untilMs: until }
      }
      sending.name ??= { id: current, firstSequence: current.reserve(sending.key, sending.content.messages.length) }
      return true
    },

    landed(sending: Sending, { baseOffset, appendedAtMs }: Written): void {
      // Under a number that was used before, a broker answers with what it has under it. A new id has no past.
      const isRepeat = (sending.name?.firstSequence ?? 0) > 0 && baseOffset <= (acknowledged.get(sending.key) ?? -1)
      if (baseOffset < 0 || isRepeat) {
        renew(sending, new LogError(`append to ${sending.key}: the broker takes what is new for a repeat`, { retriable: true }))
        return
      }
      acknowledged.set(sending.key, baseOffset + (sending.content?.messages.length ?? 1) - 1)
      sending.resolve({ ok: true, baseOffset, appendedAtMs })
    },
  }
}
