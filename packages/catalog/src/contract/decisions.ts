import fc from 'fast-check'
import { TIERS, type Tier } from '@twinreel/recording/retention'
import { moveTiers, planTierMove } from '../accounts/tier-moves.ts'
import { deleteRecordings, restoreRecordings } from '../deletions.ts'
import { eraseUser, planErasure } from '../erasures.ts'
import { markLateDeletions } from '../late-deletions.ts'
import { placeHold, releaseMatter } from '../legal-holds.ts'
import type { Catalog } from '../open.ts'
import { listRecordings } from '../recordings.ts'
import { BECAUSE } from './setup.ts'

export const DECISIONS = ['move', 'delete', 'restore', 'erase', 'hold-matter', 'release-matter'] as const

/** What people decide over recordings that are there; `mark-late` is what retention makes of it. */
export interface Decision {
  kind: 'decision'
  what: (typeof DECISIONS)[number] | 'mark-late'
  userId: string
  tier: Tier
}

export const decision: fc.Arbitrary<Decision> = fc.record({
  kind: fc.constant('decision' as const),
  what: fc.constantFrom(...DECISIONS, 'mark-late' as const),
  userId: fc.constantFrom('ann', 'bob', 'carol'),
  tier: fc.constantFrom(...TIERS),
})

const CASE = { ...BECAUSE, orgId: 'acme', matter: 'case "7"' }

/** Does it, to everything of the user's that can be found, with the right number confirmed. */
export async function decide(catalog: Catalog, { what, userId, tier }: Decision): Promise<unknown> {
  const found = async (bin: boolean): Promise<string[]> => (await listRecordings(catalog, { ownerId: userId, bin })).map(({ recordingId }) => recordingId)
  switch (what) {
    case 'move': {
      const move = { tier, users: { orgId: 'acme' } }
      return moveTiers(catalog, { ...BECAUSE, ...move, confirm: (await planTierMove(catalog, move)).total.becomeDue })
    }
    case 'delete':
      return deleteRecordings(catalog, { ...BECAUSE, by: 'user', recordingIds: await found(false) })
    case 'restore':
      return restoreRecordings(catalog, { ...BECAUSE, recordingIds: (await found(true)).slice(0, 1) })
    case 'erase':
      return eraseUser(catalog, { ...BECAUSE, userId, confirm: (await planErasure(catalog, userId)).recordings })
    case 'hold-matter':
      return placeHold(catalog, { ...CASE, subject: 'user', subjectId: userId })
    case 'release-matter':
      return releaseMatter(catalog, CASE)
    case 'mark-late':
      return markLateDeletions(catalog)
  }
}
