import type { JournalSigner } from '@twinreel/catalog/journal/object'
import type { UnknownTiers } from '@twinreel/catalog/due-by-org'
import type { Catalog } from '@twinreel/catalog/open'
import type { LeaseHolder } from '@twinreel/catalog/retention-lease'
import type { ObjectStore } from '@twinreel/object-store/port'
import { BRAKE_LIMITS, type BrakeLimits } from '@twinreel/recording/brake'
import type { Clock } from '@twinreel/service/clock'
import type { Logger } from '@twinreel/service/log'
import type { ClockGuard } from './clock-guard.ts'
import type { HaltedOrg } from './judge-orgs.ts'
import type { LostClaim } from './lost-claims.ts'
import type { PurgeFailure } from './purge.ts'

export interface RetentionOptions {
  catalog: Catalog
  store: ObjectStore
  log: Logger
  /** Recordings are judged as if it were this much later: for demonstrations and tests, which can't wait thirty days. */
  clockOffsetMs?: number
  /** Recordings claimed at most; the rest goes with the next run. 10,000 by default. */
  maxPerRun?: number
  /** Of them of one organization; 10,000 by default. */
  maxPerOrg?: number
  /** When a run halts for an organization; `BRAKE_LIMITS` where it is left out. */
  limits?: Partial<BrakeLimits>
  /** Signs certificates of deletion, and tombstones, which are entries of the journal. */
  signer: JournalSigner
  /** Which process this is, as certificates name it. */
  role: string
  /** How long the log states that it keeps what was published: certificates say it. */
  logRetentionMs: number
  /** What this process remembers of the clock between runs; without one only the catalog's watermark is known. */
  guard?: ClockGuard
  /** The worker's own clock, where it is another one than the catalog's. */
  witness?: Clock
  /** An operator says that the clock is right although it lies before the last run's. */
  acceptClock?: boolean
  /** Somebody says that exactly so many recordings are lost for good, those that are due and, where nothing is there of what the catalog keeps, those that were claimed before: they are certified as not found. */
  acceptMissing?: number
  /** Tries again what the store refused to delete, whether or not it is time to. */
  retryAll?: boolean
  /** What this worker is known by, to itself alone; for each run another name where it is left out. */
  holder?: string
  monotonicMs?: () => number
  /** Stops between two batches. */
  signal?: AbortSignal
}

export interface RunReport {
  /** The time recordings were judged by, offset included. */
  nowMs: number
  /** Nothing is deleted at all. */
  halted: 'clock-jump' | 'catalog-rebuilding' | 'wrong-catalog' | 'wrong-store' | null
  haltedWhy: string | null
  /** Nothing is deleted of these until somebody confirms it. */
  haltedOrgs: readonly HaltedOrg[]
  /** Stays, because accounts that are on Go by their rows are contradicted by their tier histories. */
  unknownTiers: readonly UnknownTiers[]
  /** Another worker runs retention: nothing was begun, or nothing more since it took over. */
  otherWorker: LeaseHolder | null
  /** Claims of earlier runs that were found unfinished. */
  resumed: number
  claimed: number
  purged: number
  objects: number
  sizeBytes: number
  /** Objects that lay again where a purge had left nothing, and were deleted. */
  reappeared: number
  /** Looked due and stayed, because of what changed until the claim. */
  kept: readonly { recordingId: string; why: string }[]
  /** Due, and the store has nothing of them: neither claimed nor certified. Where another number was accepted, what was claimed before too. */
  missing: readonly string[]
  /** Stay claimed, or as they are; a later run tries again. `advice`: what to do about it, where the store's words tell. */
  failed: readonly (PurgeFailure & { advice: string | null })[]
  /** Were claimed, and the database has lost that it had committed it: dropped, or deleted already and not certified. */
  lostClaims: readonly LostClaim[]
  /** How many more than are named looked due and stayed, and could not be looked at: each of them names 1,000 at most of one kind. */
  unnamed: { readonly kept: number; readonly failed: number }
  /** Claimed, refused by the store before, and not yet to be tried again. */
  waiting: number
  /** More is due than one run takes. */
  more: boolean
}

/** Recordings claimed in one transaction and deleted together: about a thousand keys. */
export const BATCH = 500

export function limitsOf({ maxPerRun = 10_000, maxPerOrg = 10_000, limits = {} }: RetentionOptions): { perRun: number; perOrg: number; brake: BrakeLimits } {
  return { perRun: maxPerRun, perOrg: maxPerOrg, brake: { ...BRAKE_LIMITS, ...limits } }
}

/** When more are missing in one run, it is rather the store that is not the right one. */
export function mostMissing({ acceptMissing }: RetentionOptions): number {
  return Math.max(1_000, acceptMissing ?? 0)
}
