import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { InputFileError, readLines, type InputLine } from './input-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'twinreel-input-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function written(name: string, content: string | Uint8Array): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

async function linesOf(path: string, maxLineBytes = 1_000): Promise<InputLine[]> {
  const lines: InputLine[] = []
  for await (const line of readLines(path, { expected: 'a list of names', maxLineBytes })) lines.push(line)
  return lines
}

async function problemOf(path: string): Promise<string> {
  const error: unknown = await linesOf(path).catch((reason: unknown) => reason)
  if (!(error instanceof InputFileError)) throw new Error('it was read', { cause: error })
  return error.message.replace(directory, 'HERE')
}

const textOf = (lines: InputLine[]): unknown => lines.map(({ number, bytes, isEnded }) => [number, bytes.toString(), isEnded])

test('lines are read as they stand, compressed too, in one member or several', async () => {
  const expected = [
    [1, 'ann', true],
    [2, '', true],
    [3, 'bob', false],
  ]
  expect(textOf(await linesOf(written('names', 'ann\n\nbob')))).toEqual(expected)
  expect(textOf(await linesOf(written('names.any', gzipSync('ann\n\nbob'))))).toEqual(expected)
  expect(textOf(await linesOf(written('two.gz', Buffer.concat([gzipSync('ann\n'), gzipSync('\nbob')]))))).toEqual(expected)
  expect(await linesOf(written('nothing', ''))).toEqual([])
  const long = `${'ann\n'.repeat(300_000)}x`
  expect(await linesOf(written('long.gz', gzipSync(long)))).toHaveLength(300_001)
})

test('what can’t be read is told in words, with what was expected', async () => {
  mkdirSync(join(directory, 'folder'))
  expect(await problemOf(join(directory, 'none'))).toBe('HERE/none: there is no such file; expected is a list of names')
  expect(await problemOf(join(directory, 'folder'))).toBe('HERE/folder: it is a directory; expected is a list of names')
  expect(await problemOf(join(written('plain', 'x'), 'below'))).toMatch(/^HERE\/plain\/below: there is no such file: a part of its path is a file itself; /)
})

test('a compressed file that is damaged or cut short is told with the line it ends in', async () => {
  const packed = gzipSync(Array.from({ length: 3_000 }, (_, i) => `${(i * 7919) % 3_001}\n`).join(''))
  expect(await problemOf(written('cut.gz', packed.subarray(0, -20)))).toMatch(
    /^HERE\/cut\.gz(?:, line \d+)?: it is compressed by gzip, and damaged or cut short; /,
  )
  packed.fill(0xff, 200, 300)
  expect(await problemOf(written('damaged.gz', packed))).toMatch(/^HERE\/damaged\.gz(?:, line \d+)?: it is compressed by gzip, and damaged or cut short; /)
})

test.each([
  ['zip archive', [0x50, 0x4b, 0x03, 0x04]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68, 0x39]],
])('what is packed by %s is told so', async (name, magic) => {
  expect(await problemOf(written('packed', Uint8Array.from([...magic, 1, 2, 3])))).toMatch(new RegExp(`^HERE/packed: it is .*${name}.*unpack it`))
})

test('a line that is too long is told by its number, whether it ends or not', async () => {
  for (const end of ['', '\nmore\n'])
    expect(await problemOf(written('wide', `ann\n${'x'.repeat(1_001)}${end}`))).toBe(
      'HERE/wide, line 2: a line of more than 1000 bytes; expected is a list of names',
    )
})
