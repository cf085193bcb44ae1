import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import { encodeDeadLetter } from '@twinreel/contracts/messages'
import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import { TOPICS } from '@twinreel/contracts/topics'
import type { LogRecord } from '@twinreel/event-log/port'
import { SOURCE, outboxMessage } from './effect-changes.ts'

/** The attributes worth keeping of a message that was refused: CloudEvents' own. Anything else might be somebody's number, and its data might be audio. */
const ATTRIBUTES = ['ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_specversion', 'content-type']
const MAX_ATTRIBUTE_CHARACTERS = 256

/** Position, reason and attributes of a refused message. One position gives one dead letter, however often it is folded. */
export function deadLetter(record: LogRecord, reason: DeadLetterReason, detail: string): Extract<RecorderChange, { kind: 'dead-letter' }> {
  const { topic, partition, offset } = record
  const attributes = Object.fromEntries(
    ATTRIBUTES.flatMap((name) => (record.headers[name] === undefined ? [] : [[name, record.headers[name].slice(0, MAX_ATTRIBUTE_CHARACTERS)]])),
  )
  const options = { id: `${topic}/${partition}/${offset}`, source: SOURCE, timeMs: record.appendedAtMs }
  // Any bytes may be a key; not all of them are text everywhere.
  const key = record.key.slice(0, MAX_ATTRIBUTE_CHARACTERS).replaceAll('\0', '\ufffd').toWellFormed()
  const message = encodeDeadLetter(key, { topic, partition, offset, reason, detail, attributes }, options)
  return { kind: 'dead-letter', topic, partition, offset, announce: outboxMessage(message, TOPICS.deadLetters) }
}
