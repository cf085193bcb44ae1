import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvOf } from './csv.ts'

test('a comma, a quote and a line break stay within their field', () => {
  expect(
    csvOf(
      ['a', 'b'],
      [
        ['x,y', 1],
        ['say "hi"', null],
        ['two\nlines', 2.5],
      ],
    ),
  ).toBe('a,b\r\n"x,y",1\r\n"say ""hi""",\r\n"two\nlines",2.5\r\n')
})

/** The grammar of RFC 4180, section 2, read field by field. */
function parsed(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (let at = 0; at < text.length;) {
    const match = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
    match.lastIndex = at
    const found = match.exec(text)
    if (found === null) throw new Error(`not CSV at ${at}`)
    row.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'))
    if (found[3] === '\r\n') rows.push(row.splice(0))
    at = match.lastIndex
  }
  return rows
}

test('what is written is read as it was', () => {
  const cell = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'x') }))
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
      expect(parsed(csvOf(['one', 'two'], rows))).toEqual([['one', 'two'], ...rows])
    }),
  )
})
