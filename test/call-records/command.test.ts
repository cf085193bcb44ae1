import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { START_MS } from '@twinreel/catalog/contract/setup'
import { openCatalog } from '@twinreel/catalog/open'
import { documentOf, twinreel, type Ran } from '@twinreel/twinreel/testing/run-command'
import { scratchDirectory } from '@twinreel/twinreel/testing/scratch-directory'
import { beforeAll, describe, expect, it } from 'vitest'
import { NUMBER } from './day.ts'
import { csvText, makeDay, type MadeDay } from './make-day.ts'
import { writeDay } from './write-day.ts'

const scratch = scratchDirectory()
const at = (name: string) => join(scratch, name)
const NAMES = 'callId: Call ID, answer: Answer time, release: Release time, start: Start time, answered: Answered'
const NOTHING = 'emptyValues: [NA]'
let day: MadeDay
let sound: MadeDay

async function made(name: string, faults: number): Promise<MadeDay> {
  const one = makeDay({ seed: 12, records: 240, faults })
  const catalog = await openCatalog({ path: at(`${name}/catalog.db`), clock: () => START_MS })
  await writeDay(catalog, one)
  await catalog.close()
  writeFileSync(at(`${name}.csv`), csvText(one.rows))
  return one
}

beforeAll(async () => {
  day = await made('day', 20)
  sound = await made('sound', 0)
  // The same people, and not a single call: their platform publishes nothing.
  const silent = await openCatalog({ path: at('silent/catalog.db'), clock: () => START_MS })
  await writeDay(silent, { ...sound, changes: [] })
  await silent.close()
}, 120_000)

/** Nine levels of ten aliases each: a billion words. */
const multiplying = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => (i === 0 ? 'x' : `*a${i}`)).join(', ')}]\n`,
).join('')

const reconcile = (name: string, ...options: string[]): Promise<Ran> => twinreel('ledger', 'reconcile', '--data', at(name), ...options)

describe('ledger reconcile', () => {
  it('exits 1 with a page of what is to be looked at, in text and HTML, and no phone number in either', async () => {
    const html = at('day.html')
    const ran = await reconcile('day', '--cdr', at('day.csv'), '--preset', 'webex', '--html', html)
    expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({ exitCode: 1, stderr: 'there are gaps\n' })
    const page = readFileSync(html, 'utf8')
    for (const text of [ran.stdout, page]) {
      for (const { callId } of day.expected) expect(text).toContain(callId)
      expect(text).toContain('call.started never came')
      expect(text).not.toContain(NUMBER.slice(1))
    }
    expect(page).not.toMatch(/<script|https?:|src=|@import|url\(/)
    expect(ran.stdout).toMatch(/missing \d\d:\d\d:\d\d\.\d{3} – \d\d:\d\d:\d\d\.\d{3}  \d+\.\d{3} s  lost, the user’s side/)
  })

  it('says the same of JSON lines, and lists all calls if told to', async () => {
    writeFileSync(at('day.jsonl'), day.rows.map((row) => JSON.stringify(row)).join('\n'))
    const options = ['--preset', 'webex', '--data', at('day')]
    const ofCsv = (await documentOf(1, 'ledger', 'reconcile', '--cdr', at('day.csv'), ...options)) as { counts: object; findings: object[] }
    const ofLines = (await documentOf(1, 'ledger', 'reconcile', '--cdr', at('day.jsonl'), ...options, '--all')) as { counts: object; findings: object[] }
    expect(ofLines.counts).toEqual(ofCsv.counts)
    expect(ofCsv.findings).toHaveLength(day.expected.length)
    expect(ofLines.findings.length).toBe(Object.values(ofCsv.counts).reduce((sum: number, count: number) => sum + count, 0))
  })

  it('exits 0 where nothing is missing, and reads a file by a column map', async () => {
    const map = {
      columns: {
        callId: 'Call ID',
        correlationId: 'Correlation ID',
        user: 'User UUID',
        start: 'Start time',
        answer: 'Answer time',
        release: 'Release time',
        answered: 'Answered',
      },
      emptyValues: ['NA'],
      callTypes: [
        { column: 'Related reason', value: 'CCMonitoringBI', is: 'monitoring' },
        { column: 'Call type', value: 'SIP_EMERGENCY', is: 'emergency' },
      ],
    }
    writeFileSync(at('map.json'), JSON.stringify(map))
    for (const columns of [
      ['--preset', 'webex'],
      ['--columns', at('map.json')],
    ]) {
      const ran = await reconcile('sound', '--cdr', at('sound.csv'), ...columns)
      expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({ exitCode: 0, stderr: 'no gap\n' })
      // The row that stands there twice is one record for who can tell by its id, and the same part of the same call else.
      expect(ran.stdout).toMatch(new RegExp(`(?:${sound.rows.length}|${sound.rows.length + 1}) records`))
    }
  })

  it('compares the time it is told alone', async () => {
    const [from, to] = [sound.calls[20], sound.calls[60]].map((call) => new Date(call?.timeZeroMs ?? 0).toISOString())
    const told = (await documentOf(
      0,
      'ledger',
      'reconcile',
      '--cdr',
      at('sound.csv'),
      '--preset',
      'webex',
      '--data',
      at('sound'),
      '--from',
      from ?? '',
      '--to',
      to ?? '',
    )) as {
      records: number
      outside: number
    }
    expect(told.records + told.outside).toBe(sound.rows.length + 1)
    expect(told.records).toBeGreaterThan(30)
  })

  it('gives no all-clear where nobody in the file is known: it names the column, shows no cell, and exits 1', async () => {
    writeFileSync(at('wrong-user.yaml'), `columns: { ${NAMES}, user: Calling number }\n${NOTHING}`)
    const options = ['--cdr', at('sound.csv'), '--columns', at('wrong-user.yaml')]
    const ran = await reconcile('silent', ...options, '--html', at('wrong-user.html'))
    expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({
      exitCode: 1,
      stderr: 'nothing can be said: the file was probably read wrongly, see above\n',
    })
    const told = 'nobody in the file is known here: none of 1 in column "Calling number", such as "+99999999999" in line 2'
    expect(ran.stdout).toContain(told)
    expect(ran.stdout).toMatch(/ {2}next: probably it is another column: `columns\.user` of the column map must name the one with the user’s id/)
    expect(ran.stdout).toContain('records of 1 user, 0 of them known here')
    const page = readFileSync(at('wrong-user.html'), 'utf8')
    expect(page).toContain('nobody in the file is known here')
    expect(page).not.toContain('Nothing is missing')
    const document = await documentOf(1, 'ledger', 'reconcile', '--data', at('silent'), ...options)
    expect(document).toMatchObject({ users: { named: 1, known: 0 }, doubts: [{ kind: 'nobody-known' }] })
    for (const text of [ran.stdout, ran.stderr, page, JSON.stringify(document)]) expect(text).not.toContain(NUMBER.slice(1))
    // By the right column the same file says that nothing at all was recorded.
    const right = (await documentOf(1, 'ledger', 'reconcile', '--data', at('silent'), '--cdr', at('sound.csv'), '--preset', 'webex')) as { doubts: unknown[] }
    expect(right).toMatchObject({ doubts: [], users: { named: expect.any(Number) as number } })
  })

  it.each<[string, string, string[]]>([
    ['a user column without any user', `columns: { ${NAMES}, user: Empty }\n${NOTHING}`, ['nobody-named']],
    ['a word for answered that no cell has', `columns: { ${NAMES}, user: User UUID }\n${NOTHING}\nansweredWhen: [ANSWERED]`, ['nobody-answered']],
    ['both', `columns: { ${NAMES}, user: Empty }\n${NOTHING}\nansweredWhen: [ANSWERED]`, ['nobody-named', 'nobody-answered']],
  ])('gives none for %s either', async (name, map, kinds) => {
    const [columns, cdr] = [at(`${name.replaceAll(' ', '-')}.yaml`), at('with-empty.csv')]
    writeFileSync(columns, map)
    writeFileSync(cdr, csvText(sound.rows).replaceAll('\r\n', ',\r\n').replace(',\r\n', ',Empty\r\n'))
    const document = (await documentOf(1, 'ledger', 'reconcile', '--data', at('silent'), '--cdr', cdr, '--columns', columns)) as { doubts: { kind: string }[] }
    expect(document.doubts.map(({ kind }) => kind)).toEqual(kinds)
  })

  it('gives none for another time than the file’s, nor for an organization that there is not', async () => {
    const before = ['--from', '2020-01-01', '--to', '2020-01-02']
    const ran = await reconcile('sound', '--cdr', at('sound.csv'), '--preset', 'webex', ...before)
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^error: none of the \d+ records of .* lies in that time/) })
    const other = await reconcile('sound', '--cdr', at('sound.csv'), '--preset', 'webex', '--org', 'acne')
    const ofLedger = await reconcile('sound', '--cdr', at('sound.csv'), '--preset', 'webex', '--owner', 'user-0001')
    expect(ofLedger).toMatchObject({ exitCode: 2, stderr: 'error: --owner is an option of `ledger`, and none of `ledger reconcile`\n' })
    expect(other).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('organization acne is unknown') })
    // A quiet day is one.
    writeFileSync(at('quiet.csv'), csvText(sound.rows).split('\r\n')[0] ?? '')
    expect(await reconcile('sound', '--cdr', at('quiet.csv'), '--preset', 'webex', ...before)).toMatchObject({
      exitCode: 0,
      stderr: 'no gap: neither the file nor the ledger has a call of that time\n',
    })
  })

  it('reads a file that is compressed by gzip', async () => {
    writeFileSync(at('sound.csv.gz'), gzipSync(readFileSync(at('sound.csv'))))
    writeFileSync(at('sound.jsonl.gz'), gzipSync(sound.rows.map((row) => JSON.stringify(row)).join('\n')))
    for (const name of ['sound.csv.gz', 'sound.jsonl.gz'])
      expect(await reconcile('sound', '--cdr', at(name), '--preset', 'webex')).toMatchObject({ exitCode: 0, stderr: 'no gap\n' })
  })

  it('counts one record as one', async () => {
    const row = sound.rows.find((one) => one['Answered'] === 'true' && one['User UUID']?.startsWith('user-') === true)
    writeFileSync(
      at('one.csv'),
      csvText(row === undefined ? [] : [row])
        .split('\r\n')
        .slice(0, 2)
        .join('\r\n'),
    )
    const ran = await reconcile('sound', '--cdr', at('one.csv'), '--preset', 'webex')
    expect(ran.stdout).toMatch(/, 1 record of 1 user, 1 of them known here; clocks may differ/)
  })

  it.each<[string, string, string, string[]]>([
    ['a misspelt column map', 'columns:\n  callID: Call ID\n  anwser: Answer time\n  release: Release time\n', 'did you mean "callId"?', []],
    ['a column that the file has not', 'columns: { callId: Call Id, answer: Answer time, release: Release time }', 'did you mean "Call ID"?', []],
    ['YAML that is none', 'columns: {\n  callId: [', 'line 2, column', []],
    ['an alias of nothing', 'columns: *gone\n', 'without anchors and aliases', []],
    ['aliases that multiply', multiplying, 'without anchors and aliases', []],
    ['a zone that is none', 'columns: { callId: Call ID, answer: Answer time, release: Release time }\ntimes: { zone: Europe/Berln }', 'is no time zone', []],
    [
      'a cell that is no time',
      'columns: { callId: Call ID, answer: Calling number, release: Release time }',
      'line 2, column "Calling number": is no ISO 8601 time',
      [],
    ],
  ])('exits 2 for %s, and says where', async (name, map, message) => {
    const path = at(`${name.replaceAll(' ', '-')}.yaml`)
    writeFileSync(path, map)
    const ran = await reconcile('day', '--cdr', at('day.csv'), '--columns', path)
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain(message)
    expect(ran.stderr).not.toContain(NUMBER.slice(1))
  })

  it.each([
    ['a quote that is never closed', 'Call ID,Correlation ID,User UUID,Answered,Answer time,Release time\nc,,"u,true,x\n\n\n', 'line 2 or after'],
    ['a line with too many cells', `Call ID,Correlation ID,User UUID,Answered,Answer time,Release time\nc,,u,true,x,y,${NUMBER}\n`, 'line 2'],
    ['an empty file', '', 'is empty'],
    ['a file with column names alone', 'Call ID,Correlation ID,User UUID,Answered,Answer time,Release time,Start time\n', 'has no record'],
    ['a column twice', 'Call ID,Call ID\n', 'columns 1 and 2 have the same name'],
    ['a file without column names', `${NUMBER},${NUMBER},x\n`, 'columns 1 and 2 have the same name'],
  ])('exits 2 for %s', async (name, text, message) => {
    const path = at(`${name.replaceAll(' ', '-')}.csv`)
    writeFileSync(path, text)
    const ran = await reconcile('day', '--cdr', path, '--preset', 'webex')
    expect({ exitCode: ran.exitCode, told: ran.stderr.includes(message) }, ran.stderr).toEqual({ exitCode: 2, told: true })
    expect(ran.stderr).not.toContain(NUMBER.slice(1))
  })

  it('tells no number where the column map takes one for a call id', async () => {
    writeFileSync(at('numbers.csv'), `Calling,From,To\n${NUMBER},2026-01-31T09:00:00Z,2026-01-31T09:01:00Z\n`)
    writeFileSync(at('numbers.yaml'), 'columns: { callId: Calling, answer: From, release: To }')
    for (const json of [[], ['--json']]) {
      const ran = await reconcile('day', '--cdr', at('numbers.csv'), '--columns', at('numbers.yaml'), '--html', at('numbers.html'), ...json)
      expect(ran.exitCode).toBe(1)
      expect(ran.stdout).toContain('digits)')
      expect(ran.stdout + ran.stderr + readFileSync(at('numbers.html'), 'utf8')).not.toContain(NUMBER.slice(1))
    }
  })

  it.each<[string, string[], string]>([
    ['a file that is not there', ['--cdr', at('none.csv'), '--preset', 'webex'], 'none.csv: there is no such file; expected is a file of call detail records'],
    ['a directory', ['--cdr', scratch, '--preset', 'webex'], ': it is a directory; expected is a file of call detail records, CSV or JSON lines'],
    ['a directory of JSON lines', ['--cdr', scratch, '--preset', 'webex', '--format', 'jsonl'], ': it is a directory; expected is a file of call detail'],
    ['a workbook', ['--cdr', at('day.xlsx'), '--preset', 'webex'], 'day.xlsx: it is a zip archive, as an Excel workbook is: unpack it, or export it as text'],
    ['a compressed file cut short', ['--cdr', at('cut.csv.gz'), '--preset', 'webex'], 'it is compressed by gzip, and damaged or cut short'],
    ['a column map that is not there', ['--cdr', at('day.csv'), '--columns', at('none.yaml')], 'none.yaml: there is no such file; expected is a column map'],
    ['a directory as column map', ['--cdr', at('day.csv'), '--columns', scratch], ': it is a directory; expected is a column map, YAML or JSON'],
    ['a directory for the page', ['--cdr', at('day.csv'), '--preset', 'webex', '--html', scratch], ' is a directory\n  next: name a file in it'],
    ['a page in a directory that is not there', ['--cdr', at('day.csv'), '--preset', 'webex', '--html', at('no/day.html')], 'there is no directory '],
    ['no column map', ['--cdr', at('day.csv')], 'say either --columns FILE or --preset webex'],
    ['two column maps', ['--cdr', at('day.csv'), '--preset', 'webex', '--columns', at('map.json')], 'say either --columns FILE or --preset webex'],
  ])('exits 2 for %s, and says so in words', async (_, options, problem) => {
    writeFileSync(at('day.xlsx'), Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 1, 2, 3]))
    writeFileSync(at('cut.csv.gz'), gzipSync(readFileSync(at('day.csv'))).subarray(0, -30))
    const ran = await reconcile('day', ...options)
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(ran.stderr).toContain(problem)
    expect(ran.stderr).not.toMatch(/\bE[A-Z]{4,}|\n {2}at /)
  })
})
