import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const scratch = scratchDirectory()
const at = (name: string): string => join(scratch, name)
mkdirSync(at('folder'))
writeFileSync(at('empty.json'), '')
writeFileSync(at('other-topic.json'), '{"topic":"recordings","partition":0,"offset":0,"headers":[],"key":"c","payload":"{}"}\n')
writeFileSync(at('archive.zip'), Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 1, 2, 3]))
writeFileSync(at('cut.gz'), gzipSync('{"specversion":"1.0"}\n').subarray(0, -9))

describe('a file that conform can’t judge is told in one line, with what was expected', () => {
  test.each([
    ['folder', 'it is a directory; expected is a file of messages'],
    ['none.json', 'there is no such file; expected is a file of messages'],
    ['archive.zip', 'it is a zip archive, as an Excel workbook is: unpack it'],
    ['cut.gz', 'it is compressed by gzip, and damaged or cut short'],
    ['empty.json', 'has no message of a call: there is nothing to judge'],
    ['other-topic.json', 'has no message of a call: there is nothing to judge'],
  ])('%s', async (name, problem) => {
    const { exitCode, stdout, stderr } = await twinreel('conform', '--file', at(name))
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr.startsWith(`error: ${at(name)}`), stderr).toBe(true)
    expect(stderr).toContain(problem)
    expect(stderr).toContain('\n  next: docs/conform.md#files says which files can be read')
    // An option for topics is no help, and the system's own words are none.
    expect(stderr).not.toMatch(/--last|E[A-Z]{4,}|\n {2}at /)
  })
})
