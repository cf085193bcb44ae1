import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { CAPTURE_BOUNDS, countCapture, type CaptureBounds } from './bounds.ts'
import { CAPTURE_VERSION, type Capture, type Outcome } from './capture.ts'
import type { Line } from './lines.ts'
import { messageLine } from './message-line.ts'

/** A call has more than a capture may hold: what was written could not be read again. */
class CaptureTooLargeError extends Error {
  override readonly name = 'CaptureTooLargeError'
}

/**
 * A capture as its file has it: JSON lines, the first says what it is, the last how many came before and their SHA-256. The pieces are some
 * megabytes at most. Throws `CaptureTooLargeError`.
 */
export function* captureText(capture: Capture, bounds: CaptureBounds = CAPTURE_BOUNDS): Generator<string> {
  const hash = createHash('sha256')
  const count = countCapture(bounds)
  let lines = 0
  for (const line of linesOf(capture)) {
    const text = `${JSON.stringify(line)}\n`
    // As they are counted when the file is read: without the line feed.
    const sizeBytes = Buffer.byteLength(text) - 1
    const tooMuch = sizeBytes > bounds.lineBytes ? `a line of more than ${bounds.lineBytes} bytes` : line.line === 'message' ? null : count.other(sizeBytes)
    if (tooMuch !== null)
      throw new CaptureTooLargeError(`call ${capture.header.callId} can’t be captured: its file would have ${tooMuch}, at a line "${line.line}"`)
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
