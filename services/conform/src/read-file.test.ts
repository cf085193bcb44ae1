import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { readTraffic, TrafficFileError, type Traffic } from './read-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'twinreel-traffic-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function messagesOf(traffic: AsyncGenerator<Traffic>): Promise<Traffic[]> {
  const all: Traffic[] = []
  for await (const one of traffic) all.push(one)
  return all
}

let files = 0
function written(content: string | Uint8Array): string {
  const path = join(directory, `${(files += 1)}.ndjson`)
  writeFileSync(path, content)
  return path
}

async function problemOf(...lines: unknown[]): Promise<string> {
  const path = written(lines.map((line) => JSON.stringify(line)).join('\n'))
  const error: unknown = await messagesOf(readTraffic(path)).catch((reason: unknown) => reason)
  if (!(error instanceof TrafficFileError)) throw new Error('it is no error of the file', { cause: error })
  return error.message.replace(path, 'FILE')
}

const BEGINNING = { line: 'capture', callId: 'c1', isOver: true }
const run = { streamId: 's', offset: 0, sampleCount: 80, codec: 'PCMU' }
const media = (...runs: unknown[]) => ({ line: 'message', headers: { 'content-type': 'application/vnd.twinreel.media' }, runs })

describe('a captured call', () => {
  test('is read compressed too, which is how it is written by default', async () => {
    const text = [BEGINNING, media(run)].map((line) => `${JSON.stringify(line)}\n`).join('')
    const plain = await messagesOf(readTraffic(written(text)))
    expect(plain).toMatchObject([{ of: { isWhole: true }, message: { key: 'c1', position: 'line 2' } }])
    expect(await messagesOf(readTraffic(written(gzipSync(text))))).toEqual(plain)
  })

  test('that was written by hand and is none is told with its line', async () => {
    expect(await problemOf(BEGINNING, { line: 'message' })).toBe('FILE, line 2: no line of a captured call: it has no headers')
    expect(await problemOf(BEGINNING, media({ ...run, sampleCount: 'many' }))).toMatch(/^FILE, line 2: no line of a captured call: its runs /)
    expect(await problemOf(BEGINNING, media(run), media(null))).toMatch(/^FILE, line 3: no line of a captured call: /)
  })

  test('whose audio no message could hold takes no memory for it', async () => {
    expect(await problemOf(BEGINNING, media({ ...run, sampleCount: 0xffff_ffff }))).toMatch(
      /^FILE, line 2: no line of a captured call: its runs have more than/,
    )
  })
})

test('a line that never ends is told by its number', async () => {
  expect(await problemOf(BEGINNING, 'x'.repeat(10_000_000))).toMatch(
    /^FILE, line 2: a line of more than 8388608 bytes; expected is a file of messages, line by line/,
  )
})
