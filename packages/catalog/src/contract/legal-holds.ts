import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { findHolds, placeHold, placeHolds, releaseHold, releaseMatter } from '../legal-holds.ts'
import { recordPurged } from '../purged.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { BECAUSE, CERTIFY, START_MS, benchWithUsers, dueAt, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'

const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS
const CASE = { actor: 'counsel', reason: 'case 7' }

async function due({ retention, clock }: Bench): Promise<string[]> {
  return dueAt(retention, clock.nowMs)
}

export function legalHoldsContract(make: MakeCatalog): void {
  describe('legal holds', () => {
    test('a matter keeps recordings and users past every due date, and is released as one', async () => {
      const made = await benchWithUsers(make, 'ann', 'bob', 'carol')
      const { catalog } = made
      for (const userId of ['ann', 'bob', 'carol']) await finishedRecordings(made.recorder, [`${userId}-1`, `${userId}-2`], { ownerId: userId })
      const subjects = [
        { subject: 'recording', subjectId: 'ann-1' },
        { subject: 'user', subjectId: 'bob' },
      ] as const
      const placed = await placeHolds(catalog, { ...CASE, orgId: 'acme', matter: 'Smith v. Acme', subjects })
      expect(placed.map(({ subjectId, keeps, alreadyClaimed }) => [subjectId, keeps, alreadyClaimed])).toEqual([
        ['ann-1', 1, []],
        ['bob', 2, []],
      ])
      const alone = await placeHold(catalog, { ...CASE, orgId: 'acme', subject: 'recording', subjectId: 'carol-1' })
      made.clock.nowMs = DUE_MS * 2
      expect(await due(made)).toEqual(['ann-2', 'carol-2'])
      expect((await findHolds(catalog, { orgId: 'acme', matter: 'Smith v. Acme' })).map(({ holdId }) => holdId).toSorted()).toEqual(
        placed.map(({ holdId }) => holdId).toSorted(),
      )
      expect(await releaseMatter(catalog, { ...BECAUSE, orgId: 'acme', matter: 'Smith v. Acme' })).toEqual(placed.map(({ holdId }) => holdId).toSorted())
      expect(await due(made)).toEqual(['ann-1', 'ann-2', 'bob-1', 'bob-2', 'carol-2'])
      expect(await releaseMatter(catalog, { ...BECAUSE, orgId: 'acme', matter: 'Smith v. Acme' })).toEqual([])
      expect(await findHolds(catalog, { orgId: 'acme' })).toMatchObject([{ holdId: alone.holdId, matter: null, releasedAtMs: null }])
      const all = await findHolds(catalog, { all: true })
      expect(all.filter(({ matter }) => matter !== null)).toMatchObject([
        { actor: 'counsel', reason: 'case 7', releasedBy: 'admin-1', releaseReason: 'test', releasedAtMs: DUE_MS * 2 },
        { actor: 'counsel', reason: 'case 7', releasedBy: 'admin-1', releaseReason: 'test', releasedAtMs: DUE_MS * 2 },
      ])
    })

    test('of two holds on one recording, both must be released', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      const hold = { ...CASE, orgId: 'acme', subject: 'recording', subjectId: 'rec-1' } as const
      const [one] = [await placeHold(made.catalog, { ...hold, matter: 'one' }), await placeHold(made.catalog, { ...hold, matter: 'two' })]
      made.clock.nowMs = DUE_MS
      await releaseMatter(made.catalog, { ...BECAUSE, orgId: 'acme', matter: 'two' })
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'legal-hold' }])
      await releaseHold(made.catalog, { ...BECAUSE, holdId: one?.holdId ?? '' })
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'claimed' }])
    })

    test('nothing is left to hold of a recording that is purged, and the answer says so', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { catalog } = made
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      made.clock.nowMs = DUE_MS
      await claimForPurge(made.retention, ['rec-1'])
      await recordPurged(made.retention, await claimedUnfinished(made.retention, { limit: 10 }), CERTIFY)
      const subjects = ['rec-2', 'rec-1'].map((subjectId) => ({ subject: 'recording' as const, subjectId }))
      const purged = `recording rec-1 is purged since ${new Date(DUE_MS).toISOString()}: nothing of it is left to hold; no hold was placed`
      await expect(placeHolds(catalog, { ...CASE, orgId: 'acme', subjects })).rejects.toThrow(purged)
      expect(await findHolds(catalog, { all: true })).toEqual([])
      await expect(placeHolds(catalog, { ...CASE, orgId: 'other', subjects })).rejects.toThrow('no recording rec-2 in organization other')
    })

    test('a matter must be a line that can be read', async () => {
      const { catalog } = await benchWithUsers(make, 'ann')
      const hold = (matter: string) => placeHold(catalog, { ...CASE, orgId: 'acme', subject: 'user', subjectId: 'ann', matter })
      await expect(hold(' ')).rejects.toThrow('matter: must not be blank')
      await expect(hold('Smith\u001B[8m v. Acme')).rejects.toThrow('matter: must be one line without control characters')
      expect(await findHolds(catalog, { all: true })).toEqual([])
    })

    test('one request is all or nothing, and says which recordings it came too late for', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { catalog } = made
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      made.clock.nowMs = DUE_MS
      await claimForPurge(made.retention, ['rec-1'])
      const user = { subject: 'user', subjectId: 'ann' } as const
      const absent = { subject: 'recording', subjectId: 'absent' } as const
      await expect(placeHolds(catalog, { ...CASE, orgId: 'acme', subjects: [user, absent] })).rejects.toThrow('no recording absent in organization acme')
      expect(await findHolds(catalog, { all: true })).toEqual([])
      expect(await placeHolds(catalog, { ...CASE, orgId: 'acme', subjects: [user] })).toMatchObject([{ keeps: 1, alreadyClaimed: ['rec-1'] }])
      await expect(releaseMatter(catalog, { ...CASE, orgId: 'acme', matter: 'none' })).rejects.toThrow('no legal hold of matter none in organization acme')
    })

    test('are found page by page, each once', async () => {
      const { catalog } = await benchWithUsers(make, 'ann')
      const subjects = Array.from({ length: 7 }, () => ({ subject: 'user', subjectId: 'ann' }) as const)
      const placed = await placeHolds(catalog, { ...CASE, orgId: 'acme', subjects })
      const found: string[] = []
      for (let after: { placedAtMs: number; holdId: string } | undefined; ;) {
        const page = await findHolds(catalog, { limit: 3, ...(after === undefined ? {} : { after }) })
        found.push(...page.map(({ holdId }) => holdId))
        after = page.at(-1)
        if (page.length < 3) break
      }
      expect(found).toEqual(placed.map(({ holdId }) => holdId).toSorted())
    })
  })
}
