import { setCaughtUp } from '@twinreel/catalog/caught-up'
import { dueCandidates, type DueCursor, type DuePage } from '@twinreel/catalog/due'
import { dueByOrg, type UnknownTiers } from '@twinreel/catalog/due-by-org'
import { LeaseLostError } from '@twinreel/catalog/retention-lease'
import { claimForPurge, claimedUnfinished, type ClaimedRecording } from '@twinreel/catalog/retention'
import { judgeOrgs, liftSpent, type ClearedOrg, type HaltedOrg } from './judge-orgs.ts'
import { BATCH, limitsOf, type RetentionOptions } from './run-options.ts'
import { fairShares, inGroups } from './shares.ts'

const ORGS_PER_GROUP = 200

export interface ClaimSteps {
  holder: string
  /** Asked before each batch. */
  mayGoOn(): Promise<boolean>
  /** The time that was trusted last: what is decided by it is right, also when the clock is set before it is done. */
  trustedMs(): number
  /** Asked before the first claim: that catalog and bucket belong together. */
  mayTouch(): Promise<boolean>
  /** Begins it, and returns when there is room for another one. */
  purge(batch: readonly ClaimedRecording[]): Promise<void>
  /** Another worker runs retention now. */
  lostTurn(): Promise<void>
}

export interface ClaimedDue {
  halted: readonly HaltedOrg[]
  unknownTiers: readonly UnknownTiers[]
  kept: { recordingId: string; why: string }[]
  claimed: number
  more: boolean
}

/**
 * Claims what is due and has it purged, batch by batch. Every organization is judged before anything of it is claimed, and no more is claimed of it
 * than was judged and than its share of the run; what becomes due meanwhile waits for the next run.
 */
export async function claimDue(options: RetentionOptions, steps: ClaimSteps): Promise<ClaimedDue> {
  const { catalog, clockOffsetMs = 0 } = options
  const { perRun, perOrg, brake } = limitsOf(options)
  const done: ClaimedDue = { halted: [], unknownTiers: [], kept: [], claimed: 0, more: false }
  if (!(await steps.mayGoOn())) return done
  const trustedMs = steps.trustedMs()
  const nowMs = trustedMs + clockOffsetMs
  const { due, unknownTiers } = await dueByOrg(catalog, nowMs)
  done.unknownTiers = unknownTiers
  if (due.length > 0 && !(await steps.mayTouch())) return done
  const { cleared, halted } = await judgeOrgs(catalog, due, { nowMs, limits: brake })
  done.halted = halted
  const shares = fairShares(cleared, { perRun, perOrg })
  const unfinished = new Set(halted.map(({ orgId }) => orgId))
  for (const { orgId, count } of cleared) if ((shares.get(orgId) ?? 0) < count) unfinished.add(orgId)
  done.more = unfinished.size > halted.length
  const byId = new Map(cleared.map((org) => [org.orgId, org]))
  for (const group of inGroups(shares, { recordings: BATCH, orgs: ORGS_PER_GROUP })) {
    const rooms = group.flatMap((orgId) => {
      const org = byId.get(orgId)
      return org === undefined ? [] : [{ org, room: shares.get(orgId) ?? 0 }]
    })
    await claimGroup(options, steps, { rooms, judgedMs: trustedMs, unfinished, done })
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

async function claimGroup(
  options: RetentionOptions,
  { holder, mayGoOn, lostTurn, purge }: ClaimSteps,
  { rooms, judgedMs, unfinished, done }: { rooms: readonly Room[]; judgedMs: number; unfinished: Set<string>; done: ClaimedDue },
): Promise<void> {
  const { catalog, clockOffsetMs = 0 } = options
  const open = new Map(rooms.map(({ org, room }) => [org.orgId, { org, room }]))
  let after: DueCursor | null = null
  while (open.size > 0 && (await mayGoOn())) {
    const room = [...open.values()].reduce((sum, one) => sum + one.room, 0)
    const page: DuePage = await dueCandidates(catalog, { nowMs: judgedMs + clockOffsetMs, limit: Math.min(BATCH, room), after, orgIds: [...open.keys()] })
    const candidates = page.recordingIds
    if (candidates.length === 0) return
    const allowances = new Map([...open].map(([orgId, one]) => [orgId, { ...one.org.allowance, room: one.room }]))
    const outcomes = await claimForPurge(catalog, candidates, { clockOffsetMs, atMostMs: judgedMs, allowances, holder }).catch((error: unknown) => {
      if (error instanceof LeaseLostError) return null
      throw error
    })
    if (outcomes === null) return lostTurn()
    const claimedIds: string[] = []
    for (const outcome of outcomes) {
      if (outcome.kind === 'claimed') claimedIds.push(outcome.recordingId)
      else if (outcome.kind === 'kept') done.kept.push({ recordingId: outcome.recordingId, why: outcome.why })
      else {
        unfinished.add(outcome.orgId)
        open.delete(outcome.orgId)
        done.more = true
      }
    }
    done.claimed += claimedIds.length
    const claimed = await claimedUnfinished(catalog, { limit: BATCH, only: claimedIds })
    for (const { orgId } of claimed) {
      const one = open.get(orgId)
      if (one !== undefined && (one.room -= 1) <= 0) open.delete(orgId)
    }
    await purge(claimed)
    if (page.next === null) return
    after = page.next
  }
}
