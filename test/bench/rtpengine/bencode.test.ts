import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bdecode, bencode, type Bencoded } from './bencode.ts'

const { value } = fc.letrec<{ value: Bencoded }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCodePoint(code)) }),
    fc.integer(),
    fc.array(tie('value')),
    fc.dictionary(fc.stringMatching(/^[a-z ]+$/), tie('value')),
  ),
}))

it('reads back what it writes', () => {
  fc.assert(
    fc.property(value, (written) => {
      expect(bdecode(bencode(written))).toEqual(written)
    }),
  )
})

it('writes as the daemon expects', () => {
  expect(bencode({ command: 'ping', list: ['a', 1] })).toBe('d7:command4:ping4:listl1:ai1eee')
})

it.each(['', 'i1', '5:abc', 'd1:a', 'i1ei2e', 'le1', 'x'])('refuses %j', (text) => {
  expect(() => bdecode(text)).toThrow(/bencode/)
})
