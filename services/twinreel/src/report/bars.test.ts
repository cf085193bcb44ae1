import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bars } from './bars.ts'

test('the largest is as wide as may be, the others in proportion, nothing has no bar', () => {
  expect(
    bars(
      [
        { label: 'acme', value: 1_000, text: '1.0 GiB' },
        { label: 'zeta corp', value: 500, text: '0.5 GiB' },
        { label: 'tiny', value: 1, text: '1 MiB' },
        { label: 'none', value: 0, text: '0 B' },
      ],
      10,
    ),
  ).toEqual(['acme       ██████████ 1.0 GiB', 'zeta corp  █████ 0.5 GiB', 'tiny       █ 1 MiB', 'none       0 B'])
  expect(bars([], 10)).toEqual([])
})

test('a larger value never has a shorter bar, and no bar is too wide', () => {
  const lengthOf = (line: string | undefined): number => /█*/.exec((line ?? '').slice(3))?.[0].length ?? 0
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1e15 }), { minLength: 1 }), fc.integer({ min: 1, max: 80 }), (values, width) => {
      const sorted = values.toSorted((a, b) => a - b)
      const lengths = bars(
        sorted.map((value) => ({ label: 'x', value, text: 't' })),
        width,
      ).map(lengthOf)
      expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
      expect(lengths.at(-1)).toBe((sorted.at(-1) ?? 0) > 0 ? width : 0)
      sorted.forEach((value, n) => expect(lengths[n] === 0).toBe(value === 0))
    }),
  )
})
