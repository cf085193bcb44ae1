import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmur2, partitionOfKey } from './key-partition.ts'

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %s as the Java client of Kafka does', (text, hash) => {
  expect(murmur2(new TextEncoder().encode(text))).toBe(hash)
})

test('a key lands in one of the partitions, the same each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 500 }), (key, partitions) => {
      const partition = partitionOfKey(key, partitions)
      expect(partition).toBeGreaterThanOrEqual(0)
      expect(partition).toBeLessThan(partitions)
      expect(partitionOfKey(key, partitions)).toBe(partition)
    }),
  )
})
