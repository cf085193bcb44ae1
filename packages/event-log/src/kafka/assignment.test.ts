import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign, type Member } from './assignment.ts'
import { decodeAssignment, decodeMember, encodeAssignment, encodeMember } from './assignment-protocol.ts'

const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 })
const member = (memberId: string, held: readonly number[] = [], generation = 1): Member => ({ memberId, held, generation })

/** Everybody gives back what was taken from it and joins again, until nothing changes. Answers the shares and how many rounds it took. */
function settle(partitions: number, joining: readonly Member[]): { shares: Map<string, number[]>; rounds: number; most: number } {
  let held = new Map(joining.map((each) => [each.memberId, [...each.held]]))
  let most = 0
  for (let rounds = 1; ; rounds++) {
    const shares = assign(
      partitions,
      [...held].map(([memberId, mine]) => member(memberId, mine, rounds)),
    )
    for (let partition = 0; partition < partitions; partition++) {
      const holders = [...held.keys()].filter(
        (memberId) => held.get(memberId)?.includes(partition) === true || shares.get(memberId)?.includes(partition) === true,
      )
      most = Math.max(most, holders.length)
    }
    const gaveBack = [...held].some(([memberId, mine]) => mine.some((partition) => shares.get(memberId)?.includes(partition) !== true))
    held = shares
    if (!gaveBack) return { shares, rounds, most }
  }
}

test('every partition goes to one member, as evenly as possible, and to nobody while another holds it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), members, fc.infiniteStream(fc.nat()), (partitions, names, random) => {
      const held = new Map(names.map((name) => [name, [] as number[]]))
      for (let partition = 0; partition < partitions; partition++) {
        // Some are held by nobody.
        held.get(names[random.next().value % (names.length + 1)] ?? '')?.push(partition)
      }
      const { shares, rounds, most } = settle(
        partitions,
        names.map((name) => member(name, held.get(name))),
      )
      expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, partition) => partition))
      const sizes = [...shares.values()].map(({ length }) => length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      expect(most).toBeLessThanOrEqual(1)
      expect(rounds).toBeLessThanOrEqual(2)
    }),
  )
})

test('a member that joins or leaves moves no more partitions than it must', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), members, (partitions, names) => {
      const before = settle(
        partitions,
        names.map((name) => member(name)),
      ).shares
      const joined = settle(partitions, [...[...before].map(([name, held]) => member(name, held)), member('newcomer')]).shares
      const kept = [...before].flatMap(([name, held]) => held.filter((partition) => joined.get(name)?.includes(partition) === true))
      expect(kept).toHaveLength(partitions - (joined.get('newcomer')?.length ?? 0))

      const left = settle(
        partitions,
        [...joined].filter(([name]) => name !== 'newcomer').map(([name, held]) => member(name, held)),
      ).shares
      for (const [name, held] of joined) if (name !== 'newcomer') expect(left.get(name)).toEqual(expect.arrayContaining(held))
    }),
  )
})

test('of two claims the one of the later generation counts', () => {
  const shares = assign(2, [member('frozen', [0, 1], 3), member('successor', [0, 1], 5)])
  expect(shares.get('frozen')).toEqual([])
  expect(shares.get('successor')).toEqual([0])
})

test('what a member says and what it is given go through the protocol of the group unchanged', () => {
  expect(decodeMember('a', encodeMember('calls', { generation: 7, held: [3, 1] }))).toEqual({ memberId: 'a', generation: 7, held: [3, 1] })
  expect(decodeAssignment('calls', encodeAssignment('calls', [2, 0]))).toEqual([2, 0])
  expect(decodeAssignment('calls', Buffer.alloc(0))).toEqual([])
})

test('a member that cannot be understood holds nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const { held } = decodeMember('a', Buffer.from(bytes))
      expect(held.every((partition) => Number.isSafeInteger(partition))).toBe(true)
    }),
  )
})
