import { expect, test } from 'vitest'
import { stalePuts } from './stale-writes.ts'

const REIGNS = [
  { partition: 3, writer: 'a', epoch: 1, fromMs: 100, toMs: 200 },
  { partition: 3, writer: 'b', epoch: 2, fromMs: 200, toMs: Number.POSITIVE_INFINITY },
]
const partitionOf = new Map([['r1', 3]])
const key = 'recordings/acme/ada/r1/00000.wav'

function puts(name: string, arrivedMs: number, answeredMs: number, status: number | null) {
  return stalePuts([{ name, puts: [{ key, arrivedMs, status, answeredMs, isOver: true }] }], REIGNS, partitionOf)
}

test.each([
  ['in time', puts('a', 150, 160, 200), 0, 0],
  ['by the next one', puts('b', 250, 260, 200), 0, 0],
  ['when the partition was somebody else’s', puts('a', 250, 260, 200), 1, 0],
  ['by who never had it', puts('c', 150, 160, 200), 1, 0],
  ['in vain when the partition was somebody else’s', puts('a', 250, 260, 412), 0, 0],
  ['in time, and came late', puts('a', 150, 260, 412), 0, 1],
  ['by who died of it', puts('a', 150, 0, null), 0, 0],
] as const)('what was put %s is told apart', (_, { begunAfter, onTheirWay }, stale, late) => {
  expect([begunAfter.length, onTheirWay.length]).toEqual([stale, late])
})
