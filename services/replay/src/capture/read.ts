import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { CAPTURE_VERSION, type Capture, type CaptureHeader, type DecidedEvent, type OutcomeLedger, type OutcomeRecording, type Recorded } from './capture.ts'
import { lineSchema, versionLine, type Line, type LineOf } from './lines.ts'
import { messageOf } from './message-line.ts'

/** A file that is no capture, is damaged, or was written by a newer version: says which file, which line and which field. */
export class CaptureError extends Error {
  readonly path: string
  /** `null`: it is about the file as a whole. */
  readonly lineNumber: number | null
  constructor(path: string, lineNumber: number | null, problem: string, cause?: unknown) {
    super(lineNumber === null ? `${path}: ${problem}` : `${path}, line ${lineNumber}: ${problem}`, { cause })
    this.name = 'CaptureError'
    this.path = path
    this.lineNumber = lineNumber
  }
}

/** All values of a call's messages together; an hour of two µ-law streams has 58 MB. */
export const MAX_CAPTURE_BYTES = 1024 * 1024 * 1024
/** A message of 1 MiB in base64, its headers, and room. */
const MAX_LINE_BYTES = 8 * 1024 * 1024
const DAMAGED = 'copy the file again, or capture the call again'

/** Reads a capture, compressed or not, checking every line. Throws `CaptureError`. */
export async function readCapture(path: string): Promise<Capture> {
  const reading = newReading(path)
  try {
    for await (const line of linesOf(path, await opened(path))) reading.take(line)
  } catch (error) {
    if (error instanceof CaptureError) throw error
    const why = error instanceof Error ? error.message : String(error)
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new CaptureError(path, null, 'there is no such file', error)
    throw new CaptureError(path, null, `can’t be read after line ${reading.lineNumber()}: ${why}; ${DAMAGED}`, error)
  }
  return reading.end()
}

async function opened(path: string): Promise<Readable> {
  await using handle = await open(path)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  const isCompressed = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  const file = createReadStream(path)
  if (!isCompressed) return file
  const text = createGunzip()
  file.on('error', (error) => text.destroy(error))
  return file.pipe(text)
}

/** Lines without their line feeds. */
async function* linesOf(path: string, stream: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  let number = 1
  for await (const piece of stream as AsyncIterable<Buffer>) {
    let from = 0
    for (let to = piece.indexOf(10); to !== -1; to = piece.indexOf(10, from)) {
      yield Buffer.concat([...rest, piece.subarray(from, to)])
      number += 1
      rest = []
      restBytes = 0
      from = to + 1
    }
    rest.push(piece.subarray(from))
    restBytes += piece.length - from
    if (restBytes > MAX_LINE_BYTES)
      throw new CaptureError(path, number, `it has more than ${MAX_LINE_BYTES} bytes: this is no capture of \`twinreel log capture\``)
  }
  if (restBytes > 0) throw new CaptureError(path, number, `it is cut short; ${DAMAGED}`)
}

interface Reading {
  take(bytes: Buffer): void
  end(): Capture
  lineNumber(): number
}

function newReading(path: string): Reading {
  const hash = createHash('sha256')
  const [policies, messages]: [Capture['policies'][number][], Capture['messages'][number][]] = [[], []]
  const events: DecidedEvent[] = []
  const [commands, refused]: [Recorded['commands'][number][], Recorded['refused'][number][]] = [[], []]
  const outcomes = { recorded: newOutcome(), decided: newOutcome() }
  let header: CaptureHeader | null = null
  let hasRecorded = false
  let number = 0
  let valueBytes = 0
  let isEnded = false

  const fault = (problem: string): CaptureError => new CaptureError(path, number, problem)

  function checkEnd({ lines, sha256 }: LineOf<'end'>): void {
    if (lines !== number - 1) throw fault(`${number - 1} lines come before the end, it was written with ${lines}; ${DAMAGED}`)
    if (hash.digest('hex') !== sha256) throw fault(`a line before the end was changed since it was written; ${DAMAGED}`)
    isEnded = true
  }

  function takeMessage(line: LineOf<'message'>): void {
    const last = messages.at(-1)
    if (last !== undefined && last.offset >= line.offset) throw fault(`offset: ${line.offset} does not come after ${last.offset}`)
    const message = made(line)
    valueBytes += message.value?.length ?? 0
    if (valueBytes > MAX_CAPTURE_BYTES) throw fault(`more than ${MAX_CAPTURE_BYTES} bytes of messages, more than any capture has`)
    messages.push(message)
  }

  function made(line: LineOf<'message'>): ReturnType<typeof messageOf> {
    try {
      return messageOf(line)
    } catch (error) {
      throw fault(`runs: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  function sort(line: Line): void {
    if (line.line === 'capture' && header !== null) throw fault('a second capture begins in the file; each has a file of its own')
    switch (line.line) {
      case 'capture': {
        const { line: _, version: __, recorded, ...rest } = line
        hasRecorded = recorded
        header = rest
        return
      }
      case 'policy':
        return void policies.push(without(line))
      case 'message':
        return takeMessage(line)
      case 'command':
        return void commands.push(without(line))
      case 'refused':
        return void refused.push(without(line))
      case 'ledger':
      case 'recording': {
        const { of } = line
        if (line.line === 'ledger') outcomes[of].ledger.push(withoutOf(line))
        else outcomes[of].recordings.push(withoutOf(line))
        return
      }
      case 'event':
        return void events.push(without(line))
      case 'end':
        return checkEnd(line)
    }
  }

  return {
    lineNumber: () => number,
    take(bytes) {
      number += 1
      if (isEnded) throw fault('something stands behind the end of the capture')
      const json = parsed(bytes, fault)
      if (header === null) checkVersion(json, fault)
      const line = lineSchema.safeParse(json)
      if (!line.success) throw fault(describe(line.error.issues, json))
      sort(line.data)
      if (line.data.line !== 'end') hash.update(bytes).update('\n')
    },
    end() {
      if (header === null) throw new CaptureError(path, null, 'it is empty')
      if (!isEnded) throw new CaptureError(path, number, `the last line is not the capture’s end: it was cut short; ${DAMAGED}`)
      return {
        header,
        policies,
        messages,
        recorded: hasRecorded ? { commands, refused, ...outcomes.recorded } : null,
        decided: { events, ...outcomes.decided },
      }
    },
  }
}

function newOutcome(): { ledger: OutcomeLedger[]; recordings: OutcomeRecording[] } {
  return { ledger: [], recordings: [] }
}

function without<T extends { line: string }>({ line: _, ...rest }: T): Omit<T, 'line'> {
  return rest
}

function withoutOf<T extends { line: string; of: string }>({ line: _, of: __, ...rest }: T): Omit<T, 'line' | 'of'> {
  return rest
}

function parsed(bytes: Buffer, fault: (problem: string) => CaptureError): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw fault(`it is no JSON; ${DAMAGED}`)
  }
}

function checkVersion(json: unknown, fault: (problem: string) => CaptureError): void {
  const first = versionLine.safeParse(json)
  if (!first.success) throw fault('no capture begins here; `twinreel log capture --call ID` writes one')
  if (first.data.version > CAPTURE_VERSION)
    throw fault(`version ${first.data.version} of the format, this program reads ${CAPTURE_VERSION}: replay it with the program that wrote it, or a later one`)
}

/** The place within the line and what is wrong there; nothing of what stands there. */
function describe(issues: readonly z.core.$ZodIssue[], json: unknown): string {
  const [issue] = issues
  const kind = typeof json === 'object' && json !== null && 'line' in json && typeof json.line === 'string' ? json.line.slice(0, 32) : 'line'
  return `${[kind, ...(issue?.path.map(String) ?? [])].join('.')}: ${issue?.message ?? 'is wrong'}`
}
