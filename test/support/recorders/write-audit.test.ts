import { expect, test } from 'vitest'
import { fencingFaults, reignsOf, type Write } from './write-audit.ts'

const passes = (transaction: string, writer: string, epoch: number, atMs: number): Write => ({
  transaction,
  writer,
  relation: 'partitions',
  partition: 7,
  epoch,
  atMs,
})
const changes = (transaction: string, writer: string): Write => ({ transaction, writer, relation: 'segments', partition: null, epoch: null, atMs: 0 })

const FINE = [
  passes('1', 'a', 0, 1),
  passes('1', 'a', 1, 1),
  passes('2', 'a', 1, 2),
  changes('2', 'a'),
  passes('3', 'b', 2, 3),
  passes('4', 'b', 2, 4),
  changes('4', 'b'),
]

test('recorders that take turns at a partition are found to do so', () => {
  expect(fencingFaults(FINE)).toEqual([])
  expect(reignsOf(FINE)).toEqual([
    { partition: 7, writer: 'a', epoch: 1, fromMs: 1, toMs: 3 },
    { partition: 7, writer: 'b', epoch: 2, fromMs: 3, toMs: Number.POSITIVE_INFINITY },
  ])
})

test.each([
  ['under an epoch that was over', passes('5', 'a', 1, 5), 'a wrote partition 7 under epoch 1, b had raised it to 2'],
  ['under somebody else’s epoch', passes('5', 'a', 2, 5), 'a wrote partition 7 under the epoch 2 of b'],
  ['past the partition’s row', changes('5', 'a'), 'a changed segments without passing a partition'],
])('who writes %s is found', (_, write, fault) => {
  expect(fencingFaults([...FINE, write])).toEqual([fault])
})
