import type { Catalog } from '@twinreel/catalog/open'
import { DEAD_LETTERS } from '@twinreel/contracts/lifecycle'
import { decodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { partitionOfKey } from '@twinreel/event-log/key-partition'
import { offsetSince } from '@twinreel/event-log/offset-since'
import type { EventLog, LogRecord } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Recorded, RecordedCommand, Refused } from '../capture/capture.ts'
import { outcomeOf } from '../fold/outcome.ts'
import { readFrom } from './read-call.ts'

/** The engines' clocks may be a little apart. */
const BEFORE_MS = 60_000

/** What was decided of a call when it was recorded: what was sent, what was refused, and what is stored. `sinceMs`: append time of its first message. */
export async function readRecorded(
  { eventLog, catalog, store }: { eventLog: EventLog; catalog: Catalog; store: ObjectStore },
  { callId, partition, sinceMs }: { callId: string; partition: number; sinceMs: number },
): Promise<Recorded> {
  const commands = new Map<string, RecordedCommand>()
  await readSince(eventLog, { topic: TOPICS.callCommands, key: callId, sinceMs }, ({ key, headers, value, offset, appendedAtMs }) => {
    const decoded = value === null ? null : decodeCommand({ key, headers, value })
    if (decoded?.ok !== true) return
    const { id, command } = decoded.message
    // One that was sent again is one.
    if (command.type !== 'event.handled' && !commands.has(id)) commands.set(id, { offset, appendedAtMs, id, type: command.type, data: command.data })
  })
  const refused = new Map<number, Refused>()
  await readSince(eventLog, { topic: TOPICS.deadLetters, key: callId, sinceMs }, ({ value }) => {
    const letter = value === null ? null : deadLetterOf(value)
    if (letter?.topic === TOPICS.calls && letter.partition === partition) refused.set(letter.offset, { offset: letter.offset, reason: letter.reason })
  })
  return {
    commands: [...commands.values()],
    refused: [...refused.values()].toSorted((a, b) => a.offset - b.offset),
    ...(await outcomeOf({ catalog, store }, callId)),
  }
}

async function readSince(
  eventLog: EventLog,
  { topic, key, sinceMs }: { topic: string; key: string; sinceMs: number },
  take: (record: LogRecord) => void,
): Promise<void> {
  const ranges = await eventLog.ranges(topic)
  const range = ranges.find(({ partition }) => partition === partitionOfKey(key, ranges.length))
  if (range === undefined) return
  const fromOffset = await offsetSince(eventLog, range, sinceMs - BEFORE_MS)
  await readFrom(eventLog, { range, fromOffset }, (record) => {
    if (record.key === key) take(record)
    return 'more'
  })
}

function deadLetterOf(value: Uint8Array) {
  try {
    return DEAD_LETTERS['message.rejected'][1].parse(JSON.parse(new TextDecoder().decode(value)))
  } catch {
    return null
  }
}
