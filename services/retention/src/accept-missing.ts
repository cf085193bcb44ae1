import { dueCandidates, type DueCursor } from '@twinreel/catalog/due'
import { dueByOrg } from '@twinreel/catalog/due-by-org'
import type { ClaimedRecording } from '@twinreel/catalog/retention'
import { ORGS_PER_GROUP } from './claim-due.ts'
import { judgeOrgs } from './judge-orgs.ts'
import { BATCH, limitsOf, mostMissing, type RetentionOptions } from './run-options.ts'
import { inGroups } from './shares.ts'
import { lookAtStore, lookBeforeClaim } from './still-there.ts'

export interface Lacking {
  /** Due, of organizations that nothing halts, and the store has nothing of them. */
  due: readonly string[]
  /** Claimed by an earlier run, and the store has nothing of them; none where it has what the catalog keeps, and so has lost nothing of these. */
  claimed: readonly string[]
  /** Why the store is not the right one, or not whole; `null` where it is. */
  fault: string | null
}

/**
 * What the store has nothing of, and would be certified if somebody said that it is lost; looked at before anything is claimed or certified. Where nothing is there of
 * what the catalog keeps, a claim that was finished but for its certificate looks like one whose disk is not mounted, so they are counted too. Counts no further than a
 * run goes on. Throws an `UnseenError`.
 */
export async function lackingIn(
  options: RetentionOptions,
  { nowMs, unfinished }: { nowMs: number; unfinished(afterId: string): Promise<readonly ClaimedRecording[]> },
): Promise<Lacking> {
  const { catalog, store } = options
  const { due, isThere } = await missingDue(options, nowMs)
  // What is due and there is about to go: it is no witness for what comes after.
  const { fault } = await lookAtStore(catalog, store, { missing: isThere, witness: null })
  if (fault === null) return { due, claimed: [], fault }
  const claimed: string[] = []
  let afterId = ''
  for (let room = limitsOf(options).perRun; room > 0; room -= BATCH) {
    const batch = await unfinished(afterId)
    const last = batch.at(-1)
    if (last === undefined) break
    const looked = await lookBeforeClaim(
      catalog,
      store,
      batch.map(({ recordingId }) => recordingId),
    )
    claimed.push(...looked.missing)
    afterId = last.recordingId
  }
  return { due, claimed, fault }
}

async function missingDue(options: RetentionOptions, nowMs: number): Promise<{ due: string[]; isThere: Set<string> }> {
  const { catalog, store } = options
  const { perRun, perOrg, brake } = limitsOf(options)
  const { due: orgs } = await dueByOrg(catalog, { nowMs, countUpTo: Math.min(perRun, perOrg) })
  const { cleared } = await judgeOrgs(catalog, orgs, { nowMs, limits: brake })
  const counts = new Map(cleared.map(({ orgId, count }) => [orgId, count]))
  const due: string[] = []
  const isThere = new Set<string>()
  for (const orgIds of inGroups(counts, { recordings: BATCH, orgs: ORGS_PER_GROUP })) {
    let after: DueCursor | null = null
    do {
      const page = await dueCandidates(catalog, { nowMs, limit: BATCH, after, orgIds })
      const looked = await lookBeforeClaim(catalog, store, page.recordingIds)
      due.push(...looked.missing)
      for (const recordingId of looked.there) isThere.add(recordingId)
      if (due.length > mostMissing(options)) return { due, isThere }
      after = page.next
    } while (after !== null)
  }
  return { due, isThere }
}
