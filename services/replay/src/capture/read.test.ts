import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { encodeCallEvent, encodeMediaEvent } from '@twinreel/contracts/messages'
import { DEFAULT_SETTINGS, orgRulesSchema } from '@twinreel/recording/settings'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { CAPTURE_BOUNDS, type CaptureBounds } from './bounds.ts'
import type { Capture, CapturedMessage } from './capture.ts'
import { CaptureError, readCapture } from './read.ts'
import { syntheticRun } from './synthetic-audio.ts'
import { captureBytes, captureText } from './write.ts'

const directory = mkdtempSync(join(tmpdir(), 'twinreel-capture-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const options = { source: '/test', timeMs: Date.UTC(2026, 0, 15) }
const stored = (offset: number, { headers, value }: { headers: Readonly<Record<string, string>>; value: Uint8Array }): CapturedMessage => ({
  offset,
  appendedAtMs: 1_000 + offset,
  headers,
  value,
  sizeBytes: value.length,
})
const runs = (['PCMU', 'PCMA', 'L16'] as const).map((codec, i) => syntheticRun({ streamId: `s${i}`, offset: 7_000, sampleCount: 9_000, codec }))
const hash = 'ab'.repeat(32)
const recording: Capture['decided']['recordings'][number] = {
  recordingId: 'r1',
  ownerId: 'ann',
  ordinal: 1,
  mode: 'always',
  status: 'completed',
  endReason: 'call-ended',
  capturedMs: 1,
  pausedMs: 2,
  heldMs: 3,
  lostMs: 4,
  tones: 5,
  prompts: 6,
  objects: [{ index: 0, key: 'recordings/acme/ann/r1/00000.wav', sha256: hash, sizeBytes: 60, fromMs: 0, toMs: 1 }],
  manifest: { key: 'recordings/acme/ann/r1/manifest.json', signedSha256: hash, document: { recordingId: 'r1' } },
}
const ledger = [{ ownerId: 'ann', outcome: 'recorded', reason: null, behavior: null, lateMs: 0 }]

const capture: Capture = {
  header: {
    callId: 'c1',
    orgId: 'acme',
    writtenBy: '0.1.0',
    partition: 3,
    isOver: true,
    audio: 'recorded',
    anonymized: false,
    leftOut: 0,
    agreed: { with: 'then' },
  },
  policies: [
    {
      participantId: 'p1',
      asOfMs: 5,
      policy: {
        ownerId: 'ann',
        orgId: 'acme',
        settings: DEFAULT_SETTINGS,
        rules: orgRulesSchema.parse({}),
        idNamespace: '6f9e4a52-60cf-4d3f-b9c2-0c1f5a3f0d11',
      },
    },
    { participantId: 'p2', asOfMs: 5, policy: null },
  ],
  messages: [
    stored(10, encodeCallEvent('c1', 'call.held', { participantId: 'p1' }, { id: 'e1', ...options })),
    stored(12, { headers: { 'content-type': 'application/json' }, value: Buffer.from('{ "spaced": 1.0 }') }),
    stored(13, { headers: {}, value: Uint8Array.of(0xff, 0x00, 0x80) }),
    stored(14, encodeMediaEvent('c1', runs, { id: 'e2', ...options })),
    { offset: 15, appendedAtMs: 1_015, headers: { ce_id: 'e3' }, value: null, sizeBytes: 2_000_000 },
  ],
  recorded: {
    commands: [{ offset: 11, appendedAtMs: 1_011, id: 'c1/1', type: 'gate.open', data: { sequence: 1, atMs: 0 } }],
    refused: [{ offset: 12, reason: 'not-cloudevents' }],
    ledger,
    recordings: [recording],
  },
  decided: {
    events: [{ number: 1, offset: 10, type: 'call.held', atMs: null, decisions: [{ kind: 'command', id: 'c1/1', type: 'gate.open', data: { sequence: 1 } }] }],
    ledger,
    recordings: [recording],
  },
}

let files = 0

function written(name: string, content: string | Uint8Array): string {
  const path = join(directory, `${(files += 1)}-${name}`)
  writeFileSync(path, content)
  return path
}

const textOf = (one: Capture): string => [...captureText(one)].join('')
const lines = textOf(capture).trimEnd().split('\n')

async function problemOf(content: string | Uint8Array): Promise<string> {
  const path = written('bad.ndjson', content)
  const error: unknown = await readCapture(path).catch((reason: unknown) => reason)
  if (!(error instanceof CaptureError)) throw new Error('it was read', { cause: error })
  return error.message.replace(path, 'FILE')
}

describe('a capture that was written is read', () => {
  test.each(['call.ndjson', 'call.ndjson.gz'])('as it was, byte for byte, from %s', async (name) => {
    const path = written(name, Buffer.concat([...captureBytes(capture, name)]))
    const read = await readCapture(path)
    expect({
      ...read,
      messages: read.messages.map(({ value, ...rest }) => ({ ...rest, value: value === null ? null : Buffer.from(value).toString('hex') })),
    }).toEqual({
      ...capture,
      messages: capture.messages.map(({ value, ...rest }) => ({ ...rest, value: value === null ? null : Buffer.from(value).toString('hex') })),
    })
    expect(name.endsWith('.gz') ? gunzipSync(readFileSync(path)).toString() : readFileSync(path, 'utf8')).toBe(textOf(capture))
  })

  test('and synthetic audio, which is written by its shape alone, has its bytes again', async () => {
    const synthetic: Capture = { ...capture, header: { ...capture.header, audio: 'synthetic' }, recorded: null }
    const text = textOf(synthetic)
    expect(text).not.toContain('base64":"AQ')
    expect(text).toContain('{"streamId":"s2","offset":7000,"sampleCount":9000,"codec":"L16"}')
    const read = await readCapture(written('synthetic.ndjson', text))
    expect(Buffer.compare(read.messages[3]?.value ?? new Uint8Array(), capture.messages[3]?.value ?? new Uint8Array())).toBe(0)
    expect(read.recorded).toBeNull()
  })

  test('whatever its messages hold', async () => {
    const value = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc.string().map((text) => Buffer.from(text)),
    )
    const property = fc.asyncProperty(
      value,
      fc.dictionary(
        fc.string().filter((name) => name !== '__proto__'),
        fc.string(),
      ),
      async (bytes, headers) => {
        const message = stored(1, { headers, value: new Uint8Array(bytes) })
        const read = await readCapture(written('any.ndjson', textOf({ ...capture, messages: [message] })))
        expect(read.messages).toEqual([message])
      },
    )
    await fc.assert(property, { numRuns: 60, seed: 7 })
  })
})

test('a capture that nobody could read again is not written', () => {
  const otherLines = lines.length - 1 - capture.messages.length
  expect([...captureText(capture, { ...CAPTURE_BOUNDS, otherLines })].join('')).toBe(textOf(capture))
  expect(() => [...captureText(capture, { ...CAPTURE_BOUNDS, otherLines: otherLines - 1 })]).toThrow(
    /^call c1 can’t be captured: its file would have more than \d+ lines that are no messages, more than any capture has, at a line "recording"$/,
  )
  expect(() => [...captureText(capture, { ...CAPTURE_BOUNDS, lineBytes: 5_000 })]).toThrow(
    /its file would have a line of more than 5000 bytes, at a line "message"$/,
  )
})

test('synthetic audio depends on stream, codec and offset alone, and streams differ', () => {
  const run = (offset: number, sampleCount: number, streamId = 's') => Buffer.from(syntheticRun({ streamId, offset, sampleCount, codec: 'L16' }).bytes)
  expect(Buffer.concat([run(500, 10_000), run(10_500, 9_000)])).toEqual(run(500, 19_000))
  expect(run(0, 8_000)).not.toEqual(run(0, 8_000, 't'))
})

describe('of a file that can’t be read it is told which line and which field:', () => {
  test('one that is cut short, within a line or between two', async () => {
    expect(await problemOf(lines.slice(0, 4).join('\n'))).toBe('FILE, line 4: it is cut short; copy the file again, or capture the call again')
    expect(await problemOf(`${lines.slice(0, 4).join('\n')}\n`)).toMatch(/^FILE, line 4: the last line is not the capture’s end: it was cut short/)
    expect(await problemOf('')).toBe('FILE: it is empty')
  })

  test('a line that is no JSON', async () => {
    expect(await problemOf(`${[...lines.slice(0, 2), '{"line":', ...lines.slice(3)].join('\n')}\n`)).toMatch(/^FILE, line 3: it is no JSON/)
  })

  const changed = (index: number, change: (line: Record<string, unknown>) => Record<string, unknown>): string =>
    `${lines.map((line, i) => (i === index ? JSON.stringify(change(JSON.parse(line) as Record<string, unknown>)) : line)).join('\n')}\n`

  test('a field of another kind, one that is missing, and one that nobody knows', async () => {
    expect(await problemOf(changed(3, (line) => ({ ...line, offset: 'ten' })))).toMatch(/^FILE, line 4: message\.offset: Invalid input: expected number/)
    expect(await problemOf(changed(1, ({ asOfMs: _, ...line }) => line))).toMatch(/^FILE, line 2: policy\.asOfMs: Invalid input/)
    expect(await problemOf(changed(1, (line) => ({ ...line, more: 1 })))).toMatch(/^FILE, line 2: policy: Unrecognized key: "more"/)
    expect(await problemOf(changed(0, (line) => ({ ...line, audio: 'loud' })))).toMatch(/^FILE, line 1: capture\.audio: Invalid option/)
    expect(await problemOf(changed(4, (line) => ({ ...line, line: 'poem' })))).toMatch(/^FILE, line 5: poem\.line: /)
    expect(await problemOf(changed(4, (line) => ({ ...line, data: 1 })))).toMatch(/^FILE, line 5: message: a message has one of data, text, base64/)
  })

  test('audio that no message could hold, before memory is taken for it', async () => {
    const tooMuch = [{ streamId: 's', offset: 0, sampleCount: 0xffff_ffff, codec: 'L16' }]
    expect(await problemOf(changed(6, ({ base64: _, ...line }) => ({ ...line, runs: tooMuch })))).toBe(
      'FILE, line 7: message.runs: the samples have more than 1048576 bytes, more than a message may',
    )
  })

  test('more of anything than a capture may hold, with the line at which it is too much and the limit', async () => {
    const path = written('large.ndjson', textOf(capture))
    const told = async (bounds: Partial<CaptureBounds>): Promise<string> => {
      const error: unknown = await readCapture(path, { ...CAPTURE_BOUNDS, ...bounds }).catch((reason: unknown) => reason)
      if (!(error instanceof CaptureError)) throw new Error('it was read', { cause: error })
      return error.message.replace(path, 'FILE')
    }
    // Line 1 says what it is, two policies follow, then five messages, then what was sent and decided.
    expect(await told({ messages: 4 })).toBe('FILE, line 8: more than 4 messages, more than any capture has')
    expect(await told({ otherLines: 3 })).toBe('FILE, line 9: more than 3 lines that are no messages, more than any capture has')
    expect(await told({ otherBytes: 2_000 })).toMatch(/^FILE, line \d+: more than 2000 bytes of lines that are no messages, /)
    expect(await told({ messageBytes: 100 })).toBe('FILE, line 7: a message of more than 100 bytes, more than any log hands out')
    expect(await told({ valueBytes: 200 })).toMatch(/^FILE, line 7: more than 200 bytes of messages, /)
    expect(await told({ lineBytes: 5_000 })).toMatch(/^FILE, line 7: a line of more than 5000 bytes; expected is a captured call/)
  })

  test('a line that was changed, taken out or added, though each is well formed', async () => {
    expect(await problemOf(changed(3, (line) => ({ ...line, appendedAtMs: 7 })))).toMatch(/^FILE, line 16: a line before the end was changed/)
    expect(await problemOf(`${lines.toSpliced(4, 1).join('\n')}\n`)).toMatch(/^FILE, line 15: 14 lines come before the end, it was written with 15/)
    expect(await problemOf(`${[...lines, lines[3]].join('\n')}\n`)).toMatch(/^FILE, line 17: something stands behind the end/)
    expect(await problemOf(`${lines.toSpliced(4, 0, lines[3] ?? '').join('\n')}\n`)).toMatch(/^FILE, line 5: offset: 10 does not come after 10/)
  })

  test('another file, or one of a newer version', async () => {
    expect(await problemOf('{"hello":"world"}\n')).toBe('FILE, line 1: no capture begins here; `twinreel log capture --call ID` writes one')
    expect(await problemOf(`{"line":"capture","version":2,"more":true}\n`)).toMatch(
      /^FILE, line 1: version 2 of the format, this program reads 1: replay it with/,
    )
  })

  test('a compressed one that is damaged', async () => {
    const bytes = Buffer.concat([...captureBytes(capture, 'x.gz')])
    expect(await problemOf(bytes.subarray(0, -20))).toMatch(
      /^FILE(?:, line \d+)?: it is compressed by gzip, and damaged or cut short; expected is a captured call/,
    )
  })

  test('one that is not there, and a directory', async () => {
    await expect(readCapture(join(directory, 'none.ndjson'))).rejects.toThrow(/none\.ndjson: there is no such file; expected is a captured call/)
    await expect(readCapture(directory)).rejects.toThrow(/: it is a directory; expected is a captured call, as `twinreel log capture` writes it$/)
  })
})
