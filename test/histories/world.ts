import { randomUUID } from 'node:crypto'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import type { Catalog } from '@twinreel/catalog/open'
import { claimPartition, type PartitionOf } from '@twinreel/catalog/recorder'
import { memoryStore, type MemoryStore } from '@twinreel/object-store/memory'
import { newClockGuard, type ClockGuard } from '@twinreel/retention/clock-guard'
import { prefixOf, type Happened } from './reference.ts'
import type { History } from './step.ts'
import { reusedCatalog, type ReusedCatalog } from './reused-catalog.ts'

/** Five weeks before a leap day; ten weeks later the last summer time of the northern half has begun. */
const START_MS = Date.UTC(2028, 0, 25, 8, 30)
export const BECAUSE = { actor: 'admin-1', reason: 'history' }

export interface Owner {
  userId: string
  orgId: string
  isKnown: boolean
}

export const ORGS = ['acme', 'rival'] as const

/** The last two are of nobody: not a user, and one of the other organization. */
export const OWNERS: readonly Owner[] = [
  { userId: 'ann', orgId: 'acme', isKnown: true },
  { userId: 'bob', orgId: 'acme', isKnown: true },
  { userId: 'eve', orgId: 'rival', isKnown: true },
  { userId: 'nobody', orgId: 'acme', isKnown: false },
  { userId: 'ann', orgId: 'rival', isKnown: false },
]

export interface World {
  catalog: Catalog
  store: MemoryStore
  partition: PartitionOf & { epoch: number }
  time: WorldTime
  hasWitness: boolean
  /** Recordings that may go of an organization though nothing explains it; `null` for what the worker takes by itself, which is more than there are. */
  brake: number | null
  worker: Worker
  happened: Happened
  /** When a run was killed last: nobody knows of it, and its turn is not free, for a minute. */
  killedMs: number
  /** Objects beside every recording. */
  foreign: string[]
  /** When each recording was seen to be claimed, true time. */
  claimed: Map<string, number>
  /** When each of these was due, as it was then: a move of its owner since changes nothing. */
  claimedDueMs: Map<string, number>
  /** Recordings of which the catalog says that nothing is left. */
  purged: Set<string>
  /** Recordings whose fate somebody changed since the run began. */
  touched: Set<string>
  /** What came about, so that what never does is noticed. */
  seen: Set<Sight>
  /** What did not hold. */
  wrong: string[]
}

/** What histories must come upon, or they prove little of it. */
export const SIGHTS = [
  'purged',
  'purged though held or paid after the claim',
  'hold came too late',
  'changed between look and claim',
  'halted',
  'halted in the middle of a run',
  'went on when the clock was right again',
  'killed between claim and certification',
  'finished what was claimed before',
  'store failed',
  'deleted by somebody',
  'restored',
  'many moved',
  'an unconfirmed move of many was refused',
  'halted for an organization',
  'a halt was confirmed',
  'left it to another worker',
  'more was due than a run takes',
] as const
export type Sight = (typeof SIGHTS)[number]

export interface WorldTime {
  trueMs: number
  /** How far the catalog's clock is from it. */
  errorMs: number
}

/** A process that runs retention. */
export interface Worker {
  guard: ClockGuard
  /** What it is known by. */
  holder: string
  startedMs: number
  /** How wrong the clock was that it trusted first. */
  trustedErrorMs: number
  /** In its last run. */
  hasHalted: boolean
}

export function newWorker({ trueMs }: WorldTime): Worker {
  return { guard: newClockGuard(), holder: randomUUID(), startedMs: trueMs, trustedErrorMs: 0, hasHalted: false }
}

let time: WorldTime = { trueMs: START_MS, errorMs: 0 }
let reused: Promise<ReusedCatalog> | null = null

/** A world as all begin: organizations, users on the free tier, nothing recorded. There is one at a time. */
export async function openWorld({ hasWitness, brake }: Pick<History, 'hasWitness' | 'brake'>): Promise<World> {
  time = { trueMs: START_MS, errorMs: 0 }
  reused ??= reusedCatalog(() => time.trueMs + time.errorMs, fill)
  const { catalog, reset } = await reused
  await reset()
  const partition = await catalog.db.selectFrom('partitions').select(['topic', 'partition', 'epoch']).executeTakeFirstOrThrow()
  const tiers = OWNERS.filter(({ isKnown }) => isKnown).map(({ userId }) => ({ userId, tier: 'go', atMs: START_MS, clockMs: START_MS, isPlanned: false }))
  const world: World = {
    catalog,
    partition,
    store: memoryStore({ clock: () => world.time.trueMs, onDelete: (key) => judgeDeletion(world, key) }),
    time,
    hasWitness,
    brake,
    worker: newWorker(time),
    happened: { recordings: [], tiers, holds: [] },
    killedMs: -Infinity,
    foreign: [],
    claimed: new Map(),
    claimedDueMs: new Map(),
    purged: new Set(),
    touched: new Set(),
    seen: new Set(),
    wrong: [],
  }
  return world
}

async function fill(catalog: Catalog): Promise<void> {
  for (const orgId of ORGS) await enableOrganization(catalog, { ...BECAUSE, orgId, name: orgId, partnerId: 'carrier' })
  for (const { userId, orgId, isKnown } of OWNERS) {
    if (!isKnown) continue
    await addUser(catalog, { ...BECAUSE, userId, orgId, licence: 'professional' })
    await switchRecordingOn(catalog, { ...BECAUSE, userId, settings: { mode: 'always' } })
  }
  await claimPartition(catalog, { topic: 'calls', partition: 0, logIdentity: 'log-1', endOffset: 1_000 })
}

function judgeDeletion({ happened, claimed, wrong }: World, key: string): void {
  const recording = happened.recordings.find((each) => key.startsWith(prefixOf(each)))
  if (recording === undefined) wrong.push(`${key} was deleted, which is of no recording`)
  else if (!claimed.has(recording.recordingId)) wrong.push(`${key} was deleted, and its recording not claimed`)
}
