import { setCaughtUp } from '@twinreel/catalog/caught-up'
import { dueCandidates, type DueCursor, type DuePage } from '@twinreel/catalog/due'
import { dueByOrg, type UnknownTiers } from '@twinreel/catalog/due-by-org'
import { LeaseLostError } from '@twinreel/catalog/retention-lease'
import type { Allowances } from '@twinreel/catalog/claim-allowance'
import { claimForPurge, claimedUnfinished, type ClaimedRecording } from '@twinreel/catalog/retention'
import { judgeOrgs, liftSpent, type ClearedOrg, type HaltedOrg } from './judge-orgs.ts'
import { MOST_NAMED, namesSome, type Named } from './named.ts'
import type { PurgeFailure, ToPurge } from './purge.ts'
import { BATCH, limitsOf, mostMissing, type RetentionOptions } from './run-options.ts'
import { fairShares, inGroups } from './shares.ts'
import type { Looked } from './still-there.ts'

export const ORGS_PER_GROUP = 200

export interface ClaimSteps {
  holder: string
  /** Asked before each batch. */
  mayGoOn(): Promise<boolean>
  /** The time that was trusted last: what is decided by it is right, also when the clock is set before it is done. */
  trustedMs(): number
  /** Asked before the first claim: that catalog and bucket belong together. */
  mayTouch(): Promise<boolean>
  /** Begins it, and returns when there is room for another one. */
  purge(batch: readonly ToPurge[]): Promise<void>
  /** Which of these the store has something of. */
  look(recordingIds: readonly string[]): Promise<Looked | { error: string }>
  /** Are due and not there, and somebody said so by their number. */
  accepted: readonly string[]
  /** Another worker runs retention now. */
  lostTurn(): Promise<void>
}

export interface ClaimedDue {
  halted: readonly HaltedOrg[]
  unknownTiers: readonly UnknownTiers[]
  /** Looked due and stayed; some of each reason. */
  kept: Named<{ recordingId: string; why: string }>
  /** Due, and the store has nothing of them. Not claimed: what is not there can't be deleted. */
  missing: string[]
  /** Not claimed, because the store, or theirs in it, could not be looked at; some of them. `key`: what can't be looked at, `null` when it is all of the store. */
  failed: Named<PurgeFailure>
  claimed: number
  more: boolean
}

/**
 * Claims what is due and has it purged, batch by batch. Every organization is judged before anything of it is claimed, and no more is claimed of it
 * than was judged and than its share of the run; what becomes due meanwhile waits for the next run, and so does, which is said, what has lost its place to that.
 */
export async function claimDue(options: RetentionOptions, steps: ClaimSteps): Promise<ClaimedDue> {
  const { catalog, clockOffsetMs = 0 } = options
  const { perRun, perOrg, brake } = limitsOf(options)
  const done: ClaimedDue = {
    halted: [],
    unknownTiers: [],
    kept: namesSome(({ why }) => why),
    missing: [],
    failed: namesSome(() => 'unseen'),
    claimed: 0,
    more: false,
  }
  if (!(await steps.mayGoOn())) return done
  const trustedMs = steps.trustedMs()
  const nowMs = trustedMs + clockOffsetMs
  const { due, unknownTiers } = await dueByOrg(catalog, { nowMs, countUpTo: Math.min(perRun, perOrg) })
  done.unknownTiers = unknownTiers
  if (due.length > 0 && !(await steps.mayTouch())) return done
  const { cleared, halted } = await judgeOrgs(catalog, due, { nowMs, limits: brake })
  done.halted = halted
  const shares = fairShares(cleared, { perRun, perOrg })
  const unfinished = new Set(halted.map(({ orgId }) => orgId))
  for (const { orgId, count } of cleared) if ((shares.get(orgId) ?? 0) < count) unfinished.add(orgId)
  done.more = unfinished.size > halted.length
  const byId = new Map(cleared.map((org) => [org.orgId, org]))
  await claimMissing(options, steps, { byId, judgedMs: trustedMs, done })
  for (const group of inGroups(shares, { recordings: BATCH, orgs: ORGS_PER_GROUP })) {
    const rooms = group.flatMap((orgId) => {
      const org = byId.get(orgId)
      return org === undefined ? [] : [{ org, room: shares.get(orgId) ?? 0 }]
    })
    await claimGroup(options, steps, { rooms, judgedMs: trustedMs, unfinished, done })
    // The store is not the right one: the run halts, and of the groups that are left nothing is known.
    if (done.missing.length > mostMissing(options)) return done
  }
  if (!(await steps.mayGoOn())) return done
  await liftSpent(catalog)
  // A time that recordings are only judged by is no time up to which anything is known.
  if (clockOffsetMs === 0) await setCaughtUp(catalog, trustedMs, unfinished)
  return done
}

interface Room {
  org: ClearedOrg
  /** Recordings that may still be claimed of it in this run. */
  room: number
}

/** When more of an organization can't be looked at in one run, nothing more of it is asked for. */
function mostUnseen(options: RetentionOptions): number {
  return Math.max(MOST_NAMED, limitsOf(options).perOrg)
}

async function claimGroup(
  options: RetentionOptions,
  steps: ClaimSteps,
  { rooms, judgedMs, unfinished, done }: { rooms: readonly Room[]; judgedMs: number; unfinished: Set<string>; done: ClaimedDue },
): Promise<void> {
  const { catalog, clockOffsetMs = 0 } = options
  const { mayGoOn, look } = steps
  const open = new Map(rooms.map(({ org, room }) => [org.orgId, { org, room, unseen: 0 }]))
  let after: DueCursor | null = null
  while (open.size > 0 && (await mayGoOn())) {
    const room = [...open.values()].reduce((sum, one) => sum + one.room, 0)
    // One more than there is room for: it is left, and so the run knows when what came meanwhile took a place that was another's.
    const page: DuePage = await dueCandidates(catalog, { nowMs: judgedMs + clockOffsetMs, limit: Math.min(BATCH, room + 1), after, orgIds: [...open.keys()] })
    if (page.recordingIds.length === 0) return
    const looked = await look(page.recordingIds)
    if ('error' in looked) {
      for (const recordingId of page.recordingIds) done.failed.add({ recordingId, key: null, error: looked.error })
      for (const orgId of open.keys()) unfinished.add(orgId)
      done.more = true
      return
    }
    done.missing.push(...looked.missing)
    // As long as one of them is missing, an organization is not caught up.
    if (looked.missing.length > 0) for (const orgId of open.keys()) unfinished.add(orgId)
    if (done.missing.length > mostMissing(options)) return
    // They take no room from others.
    for (const { orgId, ...failure } of looked.unseen) {
      done.failed.add(failure)
      unfinished.add(orgId)
      const one = open.get(orgId)
      if (one !== undefined) one.unseen += 1
    }
    const allowances = new Map([...open].map(([orgId, one]) => [orgId, { ...one.org.allowance, room: one.room }]))
    const claimed = await claim(options, steps, { recordingIds: looked.there, judgedMs, allowances, done })
    if (claimed === null) return
    for (const orgId of claimed.left) {
      unfinished.add(orgId)
      done.more = true
    }
    for (const orgId of claimed.full) open.delete(orgId)
    for (const [orgId, { unseen }] of open) {
      if (unseen <= mostUnseen(options)) continue
      open.delete(orgId)
      done.more = true
    }
    for (const { orgId } of claimed.recordings) {
      const one = open.get(orgId)
      // Of one that is known to be unfinished nothing more is to be found out.
      if (one !== undefined && (one.room -= 1) <= 0 && unfinished.has(orgId)) open.delete(orgId)
    }
    if (claimed.recordings.length > 0) await steps.purge(claimed.recordings)
    if (page.next === null) return
    after = page.next
  }
}

interface ToClaim {
  recordingIds: readonly string[]
  judgedMs: number
  allowances: Allowances
  done: ClaimedDue
}

/** What it claimed of these, of which organizations some were left, and of which no more may be claimed; `null` when another worker has the turn. */
async function claim(
  { catalog, clockOffsetMs = 0 }: RetentionOptions,
  { holder, lostTurn }: ClaimSteps,
  { recordingIds, judgedMs, allowances, done }: ToClaim,
): Promise<{ recordings: ClaimedRecording[]; left: ReadonlySet<string>; full: ReadonlySet<string> } | null> {
  const outcomes = await claimForPurge(catalog, recordingIds, { clockOffsetMs, atMostMs: judgedMs, allowances, holder }).catch((error: unknown) => {
    if (error instanceof LeaseLostError) return null
    throw error
  })
  if (outcomes === null) {
    await lostTurn()
    return null
  }
  const claimedIds: string[] = []
  const left = new Set<string>()
  const full = new Set<string>()
  for (const outcome of outcomes) {
    if (outcome.kind === 'claimed') claimedIds.push(outcome.recordingId)
    else if (outcome.kind === 'kept') done.kept.add({ recordingId: outcome.recordingId, why: outcome.why })
    else {
      left.add(outcome.orgId)
      if (!outcome.isAlone) full.add(outcome.orgId)
    }
  }
  done.claimed += claimedIds.length
  return { recordings: await claimedUnfinished(catalog, { limit: BATCH, only: claimedIds }), left, full }
}

/** Somebody said that exactly so many are lost for good: they are deleted as they are, and their certificates say that nothing was found. What has come back since is due like the rest. */
async function claimMissing(
  options: RetentionOptions,
  steps: ClaimSteps,
  { byId, judgedMs, done }: { byId: ReadonlyMap<string, ClearedOrg>; judgedMs: number; done: ClaimedDue },
): Promise<void> {
  const allowances = new Map([...byId].map(([orgId, { count, allowance }]) => [orgId, { ...allowance, room: count }]))
  for (let at = 0; at < steps.accepted.length && (await steps.mayGoOn()); at += BATCH) {
    const looked = await steps.look(steps.accepted.slice(at, at + BATCH))
    if ('error' in looked) return
    const claimed = await claim(options, steps, { recordingIds: looked.missing, judgedMs, allowances, done })
    if (claimed === null) return
    if (claimed.recordings.length > 0) await steps.purge(claimed.recordings.map((recording) => ({ ...recording, found: 0 })))
  }
}
