import { expect, test } from 'vitest'
import { plainNames, plainWord } from './plain-names.ts'

test.each([
  ['Mia Müller', 'mia-muller'],
  ['alice@acme.example', 'alice'],
  ['sales line', 'sales-line'],
  ['+1 303 555 0109', null],
  ['sip:13035550109', null],
  ['30-35-55', null],
  ['日本', null],
  ['', null],
])('%j becomes %j', (text, name) => expect(plainWord(text)).toBe(name))

test('a name is given once, and none that timelines read otherwise', () => {
  const names = plainNames()
  expect([names.give(['mia']), names.give(['Mia']), names.give(['gate']), names.give([undefined, '555123']), names.give([])]).toEqual([
    'mia',
    'mia-2',
    'gate-2',
    'alice',
    'bob',
  ])
})
