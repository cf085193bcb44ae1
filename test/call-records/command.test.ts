import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
}, 120_000)

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

  it.each<[string, string, string, string[]]>([
    ['a misspelt column map', 'columns:\n  callID: Call ID\n  anwser: Answer time\n  release: Release time\n', 'did you mean "callId"?', []],
    ['a column that the file has not', 'columns: { callId: Call Id, answer: Answer time, release: Release time }', 'did you mean "Call ID"?', []],
    ['YAML that is none', 'columns: {\n  callId: [', 'line 2, column', []],
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

  it('exits 2 for a file that is not there, and without or with two column maps', async () => {
    for (const options of [
      ['--cdr', at('none.csv'), '--preset', 'webex'],
      ['--cdr', at('day.csv')],
      ['--cdr', at('day.csv'), '--preset', 'webex', '--columns', at('map.json')],
    ])
      expect((await reconcile('day', ...options)).exitCode).toBe(2)
  })
})
