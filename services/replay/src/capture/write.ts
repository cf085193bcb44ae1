import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { CAPTURE_VERSION, type Capture, type Outcome } from './capture.ts'
import type { Line } from './lines.ts'
import { messageLine } from './message-line.ts'

/**
 * A capture as its file has it: JSON lines, the first says what it is, the last how many came before and their SHA-256. The pieces are some
 * megabytes at most.
 */
export function* captureText(capture: Capture): Generator<string> {
  const hash = createHash('sha256')
  let lines = 0
  for (const line of linesOf(capture)) {
    const text = `${JSON.stringify(line)}\n`
    hash.update(text)
    lines += 1
    yield text
  }
  const end: Line = { line: 'end', lines, sha256: hash.digest('hex') }
  yield `${JSON.stringify(end)}\n`
}

/** What a file of that name holds: compressed (RFC 1952) when it ends in `.gz`. Members of some megabytes follow one another, which every reader of the format takes for one file. */
export function* captureBytes(capture: Capture, path: string): Generator<Uint8Array> {
  const isCompressed = path.endsWith('.gz')
  let waiting: string[] = []
  let characters = 0
  const taken = (): Uint8Array => {
    const bytes = Buffer.from(waiting.join(''))
    waiting = []
    characters = 0
    return isCompressed ? gzipSync(bytes) : bytes
  }
  for (const text of captureText(capture)) {
    waiting.push(text)
    characters += text.length
    if (characters >= MEMBER_CHARACTERS) yield taken()
  }
  if (waiting.length > 0) yield taken()
}

const MEMBER_CHARACTERS = 4 * 1024 * 1024

function* linesOf({ header, policies, messages, recorded, decided }: Capture): Generator<Line> {
  yield { line: 'capture', version: CAPTURE_VERSION, ...header, recorded: recorded !== null }
  for (const policy of policies) yield { line: 'policy', ...policy }
  const isSynthetic = header.audio !== 'recorded'
  for (const message of messages) yield messageLine(message, { isSynthetic })
  for (const command of recorded?.commands ?? []) yield { line: 'command', ...command, data: command.data as Record<string, unknown> }
  for (const refused of recorded?.refused ?? []) yield { line: 'refused', ...refused }
  if (recorded !== null) yield* outcomeLines(recorded, 'recorded')
  for (const event of decided.events) yield { line: 'event', ...event, decisions: [...event.decisions] }
  yield* outcomeLines(decided, 'decided')
}

function* outcomeLines({ ledger, recordings }: Outcome, of: 'recorded' | 'decided'): Generator<Line> {
  for (const entry of ledger) yield { line: 'ledger', of, ...entry }
  for (const recording of recordings) yield { line: 'recording', of, ...recording, objects: [...recording.objects] }
}
