import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog, LogRecord } from '@twinreel/event-log/port'
import { canariesIn } from './search.ts'

/** Something that is stored, by the name of where. */
export interface Place {
  name: string
  bytes: Buffer
}

/** The log's own files: it alone may hold what was said in a pause, and is looked at message by message. */
const LOG_FILE = /^log\.db(?:-wal|-shm)?$/

/** Every file below a data directory but the log's. */
export function filesOf(dataDir: string): Place[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !LOG_FILE.test(relative(dataDir, path)))
    .map((path) => ({ name: relative(dataDir, path), bytes: readFileSync(path) }))
}

/** Every message of every topic but the calls': commands, announcements, dead letters. */
export async function otherTopics(eventLog: EventLog): Promise<Place[]> {
  const places: Place[] = []
  for (const topic of Object.values(TOPICS)) {
    if (topic === TOPICS.calls) continue
    const messages: Buffer[] = []
    await eachRecord(
      eventLog,
      topic,
      ({ key, headers, value }) => void messages.push(Buffer.from(key), Buffer.from(JSON.stringify(headers)), Buffer.from(value ?? [])),
    )
    places.push({ name: `topic ${topic}`, bytes: Buffer.concat(messages) })
  }
  return places
}

export async function eachRecord(eventLog: EventLog, topic: string, look: (record: LogRecord) => void): Promise<void> {
  for (const { partition, firstOffset, endOffset } of await eventLog.ranges(topic)) {
    for (let fromOffset = firstOffset; fromOffset < endOffset;) {
      const { records } = await eventLog.read({ topic, partition, fromOffset, maxRecords: 500 })
      for (const record of records) look(record)
      const last = records.at(-1)
      if (last === undefined) break
      fromOffset = last.offset + 1
    }
  }
}

/** Where the canary stands, one line for each place and form. */
export function canariesAt(places: readonly Place[]): string[] {
  return places.flatMap(({ name, bytes }) => {
    const byForm = Map.groupBy(canariesIn(bytes), ({ form }) => form)
    return [...byForm].map(([form, hits]) => `${name}: ${hits.length} times as ${form}, first at byte ${hits[0]?.at}, pause ${hits[0]?.pause ?? 'unknown'}`)
  })
}
