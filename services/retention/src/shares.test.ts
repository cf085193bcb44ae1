import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShares, inGroups } from './shares.ts'

const LIMITS = { perRun: 100, perOrg: 60 }

test('who wants little gets it, and the others share what is left', () => {
  const wanted = [
    { orgId: 'large', count: 1_000_000 },
    { orgId: 'small', count: 7 },
    { orgId: 'huge', count: 2_000_000 },
  ]
  expect(fairShares(wanted, LIMITS)).toEqual(
    new Map([
      ['small', 7],
      ['large', 47],
      ['huge', 46],
    ]),
  )
})

test('one alone takes no more than one may', () => {
  expect(fairShares([{ orgId: 'large', count: 1_000 }], LIMITS)).toEqual(new Map([['large', 60]]))
})

const wanted = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 60 })
  .chain((ids) => fc.tuple(...ids.map((orgId) => fc.integer({ min: 1, max: 300 }).map((count) => ({ orgId, count })))))

test('shares fit into a run, waste nothing of it, and favour nobody by more than one recording', () => {
  fc.assert(
    fc.property(wanted, fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 200 }), (orgs, perRun, perOrg) => {
      const shares = fairShares(orgs, { perRun, perOrg })
      const of = (orgId: string): number => shares.get(orgId) ?? 0
      const given = orgs.reduce((sum, { orgId }) => sum + of(orgId), 0)
      const could = orgs.reduce((sum, { count }) => sum + Math.min(count, perOrg), 0)
      expect(given).toBe(Math.min(perRun, could))
      const most = Math.max(0, ...shares.values())
      for (const { orgId, count } of orgs) expect(of(orgId) === Math.min(count, perOrg) || of(orgId) >= most - 1).toBe(true)
    }),
  )
})

test('groups hold everybody once, and several only as long as a batch holds them', () => {
  fc.assert(
    fc.property(wanted, (orgs) => {
      const shares = fairShares(orgs, { perRun: 500, perOrg: 300 })
      const groups = inGroups(shares, { recordings: 50, orgs: 5 })
      expect(groups.flat().toSorted()).toEqual([...shares.keys()].toSorted())
      for (const group of groups) {
        expect(group.length).toBeLessThanOrEqual(5)
        if (group.length > 1) expect(group.reduce((sum, orgId) => sum + (shares.get(orgId) ?? 0), 0)).toBeLessThanOrEqual(50)
      }
    }),
  )
})
