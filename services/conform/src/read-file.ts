import { fromBase64 } from '@twinreel/contracts/base64'
import { encodeMedia } from '@twinreel/contracts/media'
import { TOPICS } from '@twinreel/contracts/topics'
import { bytesPerSample, type Codec } from '@twinreel/media/format'
import { InputFileError, readLines } from '@twinreel/service/input-file'
import type { ObservedMessage, Stretch } from './observed.ts'

/** A file that can't be read, or a line of it that holds no message: says which line, and what was expected. */
export class TrafficFileError extends Error {
  constructor(path: string, line: number | null, problem: string) {
    super(line === null ? `${path}: ${problem}` : `${path}, line ${line}: ${problem}`)
    this.name = 'TrafficFileError'
  }
}

/** A message, and the stretch of the log that it stands in: of a file with several captured calls each is one of its own. */
export interface Traffic {
  message: ObservedMessage
  of: Stretch
}

/** Far above a message of 1 MiB, however it is written. */
const MAX_LINE_BYTES = 8 * 1_048_576
/** No captured message has more: its log hands out no larger value. */
const MAX_AUDIO_BYTES = 1_048_576
const EXPECTED = 'a file of messages, line by line: CloudEvents, `kcat -J`, or a captured call'
const utf8 = new TextEncoder()

/**
 * Messages of a file of lines: CloudEvents in structured mode, what `kcat -J` writes, or captured calls of `twinreel log capture`. kcat writes bytes as they are,
 * so a file is read byte by byte; a compressed one (RFC 1952) is unpacked. Throws `TrafficFileError`.
 */
export async function* readTraffic(path: string): AsyncGenerator<Traffic> {
  let capture: Capture | null = null
  const structured: Stretch = { isWhole: true, fromBeginning: true }
  const kcat = kcatStretch()
  for await (const { number, line } of textLines(path)) {
    if (line.trim() === '') continue
    const fail = (problem: string): TrafficFileError => new TrafficFileError(path, number, problem)
    const json = parse(line)
    if (json === null) throw fail('not JSON; one document on each line is expected')
    const position = `line ${number}`
    if ('specversion' in json) {
      yield { message: structuredMessage(asUtf8(line), json, position), of: structured }
    } else if ('topic' in json && 'payload' in json) {
      const message = kcatMessage(json)
      if (message === null) continue
      kcat.see(message, json['offset'])
      yield { message, of: kcat.stretch }
    } else if (typeof json['line'] === 'string') {
      const text = JSON.parse(asUtf8(line)) as Record<string, unknown>
      if (text['line'] === 'capture') capture = beginning(text)
      else if (capture === null) throw fail('a captured call begins with its line "capture"')
      else for (const message of captured(capture, text, position, fail)) yield { message, of: capture.of }
    } else throw fail('no message: expected a CloudEvent in structured mode, a line of `kcat -J`, or of `twinreel log capture`')
  }
}

function beginning({ callId, isOver, recorded }: Record<string, unknown>): Capture {
  return { callId: String(callId), isRecorded: recorded === true, of: { isWhole: isOver === true, fromBeginning: true } }
}

/** The log goes on after what kcat read; of a partition that was read from its first offset on no call began before. */
function kcatStretch(): { stretch: Stretch; see(message: ObservedMessage, offset: unknown): void } {
  const [seen, began] = [new Set<number>(), new Set<number>()]
  return {
    stretch: { isWhole: false, fromBeginning: began },
    see({ topic, partition }, offset) {
      if (topic !== 'calls' || partition === null || seen.has(partition)) return
      seen.add(partition)
      if (offset === 0) began.add(partition)
    },
  }
}

/** A byte is a character. */
async function* textLines(path: string): AsyncGenerator<{ number: number; line: string }> {
  try {
    for await (const { number, bytes } of readLines(path, { expected: EXPECTED, maxLineBytes: MAX_LINE_BYTES }))
      yield { number, line: bytes.toString('latin1') }
  } catch (error) {
    if (error instanceof InputFileError) throw new TrafficFileError(path, error.lineNumber, error.problem)
    throw error
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(line)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function asUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

/** A file has no keys: the subject stands for it, and where that is missing the call that the data names. */
function structuredMessage(line: string, { subject, data }: Record<string, unknown>, position: string): ObservedMessage {
  const named = typeof data === 'object' && data !== null && 'callId' in data ? data.callId : null
  const key = typeof subject === 'string' ? asUtf8(subject) : typeof named === 'string' ? named : null
  const value = utf8.encode(line)
  const headers = { 'content-type': 'application/cloudevents+json' }
  return { topic: 'calls', key, headers, value, sizeBytes: value.length, partition: null, position, appendedAtMs: null }
}

/** `null` for a message of another topic. */
function kcatMessage(json: Record<string, unknown>): ObservedMessage | null {
  const topic = String(json['topic'])
  const isCommand = topic.endsWith(TOPICS.callCommands)
  if (!isCommand && !topic.endsWith(TOPICS.calls)) return null
  const flat = Array.isArray(json['headers']) ? json['headers'] : []
  const headers: Record<string, string> = {}
  for (let i = 0; i + 1 < flat.length; i += 2) headers[String(flat[i])] = asUtf8(String(flat[i + 1] ?? ''))
  const { payload, key, partition, ts } = json
  const value = typeof payload === 'string' ? new Uint8Array(Buffer.from(payload, 'latin1')) : null
  return {
    topic: isCommand ? 'call-commands' : 'calls',
    key: typeof key === 'string' ? asUtf8(key) : null,
    headers,
    value,
    sizeBytes: value?.length ?? 0,
    partition: typeof partition === 'number' ? partition : null,
    position: `${topic}[${String(partition)}]@${String(json['offset'])}`,
    appendedAtMs: typeof ts === 'number' && ts > 0 ? ts : null,
  }
}

/** What a captured call says of itself in its first line. */
interface Capture {
  callId: string
  /** It holds the commands that were sent then; else only what is decided of its events, commands among it. */
  isRecorded: boolean
  of: Stretch
}

function captured(capture: Capture, text: Record<string, unknown>, position: string, fail: (problem: string) => TrafficFileError): ObservedMessage[] {
  try {
    return capturedMessages(capture, text, position)
  } catch (error) {
    throw fail(`no line of a captured call: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The messages of a line of a captured call. Its audio may be a description of runs alone. */
function capturedMessages({ callId, isRecorded }: Capture, json: Record<string, unknown>, position: string): ObservedMessage[] {
  const appendedAtMs = typeof json['appendedAtMs'] === 'number' ? json['appendedAtMs'] : null
  const common = { key: callId, partition: null, position, appendedAtMs }
  switch (json['line']) {
    case 'message': {
      const value = capturedValue(json)
      const { headers } = json
      if (!areHeaders(headers)) throw new TypeError('it has no headers')
      return [{ ...common, topic: 'calls', headers, value, sizeBytes: value?.length ?? Number(json['tooLargeBytes'] ?? 0) }]
    }
    case 'command':
      return [{ ...common, ...capturedCommand(json) }]
    case 'event': {
      const decisions = Array.isArray(json['decisions']) && !isRecorded ? (json['decisions'] as Record<string, unknown>[]) : []
      return decisions.filter(({ kind }) => kind === 'command').map((command) => ({ ...common, ...capturedCommand(command) }))
    }
    default:
      return []
  }
}

function capturedCommand({ id, type, data }: Record<string, unknown>): Pick<ObservedMessage, 'topic' | 'headers' | 'value' | 'sizeBytes'> {
  const value = utf8.encode(JSON.stringify(data))
  const headers = {
    ce_specversion: '1.0',
    ce_id: String(id),
    ce_source: '/captured',
    ce_type: commandType(String(type)),
    'content-type': 'application/json',
  }
  return { topic: 'call-commands', headers, value, sizeBytes: value.length }
}

function areHeaders(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((content) => typeof content === 'string')
}

function commandType(type: string): string {
  return type.startsWith('io.twinreel.') ? type : `io.twinreel.${type}.v1`
}

function capturedValue({ data, text, base64, runs }: Record<string, unknown>): Uint8Array | null {
  if (data !== undefined) return utf8.encode(JSON.stringify(data))
  if (typeof text === 'string') return utf8.encode(text)
  if (typeof base64 === 'string') return fromBase64(base64)
  if (!Array.isArray(runs)) return null
  const described = runs as { streamId: string; offset: number; sampleCount: number; codec: Codec }[]
  const audioBytes = described.reduce((sum, { sampleCount, codec }) => sum + sampleCount * bytesPerSample(codec), 0)
  // Before memory is taken for it.
  if (!(audioBytes <= MAX_AUDIO_BYTES)) throw new TypeError(`its runs have more than ${MAX_AUDIO_BYTES} bytes of samples, or are none`)
  return encodeMedia(described.map(({ codec, ...run }) => ({ ...run, bytes: new Uint8Array(run.sampleCount * bytesPerSample(codec)) })))
}
