import { createHash } from 'node:crypto'
import { InputFileError, readLines } from '@twinreel/service/input-file'
import type { z } from 'zod'
import { CAPTURE_BOUNDS, countCapture, type CaptureBounds } from './bounds.ts'
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

const EXPECTED = 'a captured call, as `twinreel log capture` writes it'
const DAMAGED = 'copy the file again, or capture the call again'

/** Reads a capture, compressed or not, checking every line. Throws `CaptureError`. */
export async function readCapture(path: string, bounds: CaptureBounds = CAPTURE_BOUNDS): Promise<Capture> {
  const reading = newReading(path, bounds)
  try {
    for await (const { number, bytes, isEnded } of readLines(path, { expected: EXPECTED, maxLineBytes: bounds.lineBytes })) {
      if (!isEnded) throw new CaptureError(path, number, `it is cut short; ${DAMAGED}`)
      reading.take(bytes)
    }
  } catch (error) {
    if (error instanceof InputFileError) throw new CaptureError(path, error.lineNumber, error.problem, error)
    throw error
  }
  return reading.end()
}

interface Reading {
  take(bytes: Buffer): void
  end(): Capture
}

function newReading(path: string, bounds: CaptureBounds): Reading {
  const hash = createHash('sha256')
  const [policies, messages]: [Capture['policies'][number][], Capture['messages'][number][]] = [[], []]
  const events: DecidedEvent[] = []
  const [commands, refused]: [Recorded['commands'][number][], Recorded['refused'][number][]] = [[], []]
  const outcomes = { recorded: newOutcome(), decided: newOutcome() }
  let header: CaptureHeader | null = null
  let hasRecorded = false
  let number = 0
  const count = countCapture(bounds)
  let isEnded = false

  const fault = (problem: string): CaptureError => new CaptureError(path, number, problem)
  const bound = (problem: string | null): void => {
    if (problem !== null) throw fault(problem)
  }

  function checkEnd({ lines, sha256 }: LineOf<'end'>): void {
    if (lines !== number - 1) throw fault(`${number - 1} lines come before the end, it was written with ${lines}; ${DAMAGED}`)
    if (hash.digest('hex') !== sha256) throw fault(`a line before the end was changed since it was written; ${DAMAGED}`)
    isEnded = true
  }

  function takeMessage(line: LineOf<'message'>): void {
    const last = messages.at(-1)
    if (last !== undefined && last.offset >= line.offset) throw fault(`offset: ${line.offset} does not come after ${last.offset}`)
    const message = made(line)
    bound(count.message(message.value?.length ?? 0))
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
    take(bytes) {
      number += 1
      if (isEnded) throw fault('something stands behind the end of the capture')
      const json = parsed(bytes, fault)
      if (header === null) checkVersion(json, fault)
      const line = lineSchema.safeParse(json)
      if (!line.success) throw fault(describe(line.error.issues, json))
      if (line.data.line !== 'message' && line.data.line !== 'end') bound(count.other(bytes.length))
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
