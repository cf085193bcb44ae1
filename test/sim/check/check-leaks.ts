import { TOPICS } from '@twinreel/contracts/topics'
import { MARK_BYTES } from '../world/marked-speech.ts'
import type { Evidence, Violation } from '../world/evidence.ts'

/** So many characters in a row may be audio in disguise. */
const SUSPICIOUS = 12

/**
 * No audio at all, recorded or not, stands anywhere but in the log and in segments: not in a manifest, a checkpoint's state, a dead letter, an announcement, a command
 * or a log line; neither as bytes, nor as base64 or hexadecimal, nor as a list of numbers. (What stands in segments is looked at byte for byte elsewhere.)
 */
export function checkLeaks(evidence: Evidence): Violation[] {
  const wrong: string[] = []
  const { truth, puts, logLines, speech } = evidence
  const look = (where: string, bytes: Uint8Array): void => {
    for (const disguised of disguises(bytes)) {
      for (let at = 0; at + MARK_BYTES <= disguised.length; at++) {
        const said = speech.identify(disguised, at)
        if (said === null) continue
        wrong.push(`${where} holds audio: ${said.callId}/${said.streamId}, sample ${said.sample}`)
        return
      }
    }
  }
  for (const { key, body } of puts) if (!key.endsWith('.wav')) look(key, body)
  for (const topic of [TOPICS.recordings, TOPICS.deadLetters, TOPICS.callCommands])
    for (const { offset, value, headers } of truth.appended(topic)) {
      look(`${topic}/${offset}`, value ?? new Uint8Array())
      look(`${topic}/${offset}, its headers`, Buffer.from(JSON.stringify(headers), 'latin1'))
    }
  for (const table of ['sessions', 'segments', 'outbox', 'ledger', 'calls', 'policies'])
    for (const row of truth.database.prepare(`select * from ${table}`).all())
      for (const [column, value] of Object.entries(row)) if (typeof value === 'string') look(`${table}.${column}`, Buffer.from(value))
  for (const { process, message, fields } of logLines) look(`a log line of ${process}`, Buffer.from(`${message} ${text(fields)}`))
  return wrong.map((message) => ({ check: 'leaks', message }))
}

/** The same bytes as they are, and what they are if they are text that stands for bytes. */
function disguises(bytes: Uint8Array): Uint8Array[] {
  const found = [bytes]
  const string = Buffer.from(bytes).toString('latin1')
  for (const [run] of string.matchAll(new RegExp(`[0-9a-fA-F]{${2 * SUSPICIOUS},}`, 'g'))) found.push(Buffer.from(run, 'hex'), Buffer.from(run.slice(1), 'hex'))
  for (const [run] of string.matchAll(new RegExp(`[A-Za-z0-9+/_-]{${2 * SUSPICIOUS},}`, 'g')))
    for (let shift = 0; shift < 4; shift++) found.push(Buffer.from(run.slice(shift), 'base64'))
  for (const [run] of string.matchAll(/(?:\d{1,3}\s*,\s*){12,}\d{1,3}/g)) found.push(Uint8Array.from(run.split(',').map(Number)))
  return found
}

function text(fields: unknown): string {
  return JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? `${value.message} ${value.stack ?? ''}` : value)) ?? ''
}
