import { AccountError } from '@twinreel/catalog/accounts/account-error'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { CERTIFY } from '@twinreel/catalog/contract/setup'
import { placeHold, releaseHold } from '@twinreel/catalog/legal-holds'
import type { Catalog } from '@twinreel/catalog/open'
import { newClockGuard } from '@twinreel/retention/clock-guard'
import { runRetention, type RunReport } from '@twinreel/retention/run'
import type { Tier } from '@twinreel/recording/retention'
import { silentLogger } from '@twinreel/service/log'
import type { Draws } from '@twinreel/simulator/random'
import { BECAUSE } from '../world.ts'
import { ORG, USERS, letOthers, type AtOnce } from './world.ts'

/** What was asked and answered, by the clock all share. */
export interface Told {
  moves: { userId: string; tier: Tier; askedMs: number; answeredMs: number }[]
  holds: { holdId: string; subjectId: string; placedMs: number; alreadyClaimed: readonly string[]; releaseAskedMs: number }[]
  reports: RunReport[]
  /** Transactions of workers. */
  spans: { beganMs: number; endedMs: number }[]
}

const MOVES = 25
const HOLDS = 15

/** Four workers, two who move tiers, each of users of its own, and one who places and releases holds, all at once; then the workers alone, until nothing is due. */
export async function liveAtOnce(world: AtOnce, random: Draws): Promise<Told> {
  const told: Told = { moves: [], holds: [], reports: [], spans: [] }
  let isOver = false
  const working = world.workers.map(async (catalog) => {
    const run = worker(world, catalog, told)
    while (!isOver) await run()
    return run
  })
  await Promise.all([
    ...world.movers.map((catalog, n) => moveTiers(world, catalog, told, { random, users: USERS.slice(2 * n, 2 * n + 2) })),
    holdSome(world, told, random),
  ])
  isOver = true
  const [run] = await Promise.all(working)
  await run?.()
  return told
}

function worker({ store }: AtOnce, catalog: Catalog, told: Told): () => Promise<void> {
  const guard = newClockGuard()
  let lastMs = 0
  const watched: Catalog = {
    ...catalog,
    db: withSpans(catalog, told),
    async nowMs(within) {
      lastMs = await catalog.nowMs(within)
      return lastMs
    },
  }
  // Hours go by between two looks at a clock as fast as this: both clocks are the same look.
  return async () => void told.reports.push(await runRetention({ catalog: watched, store, log: silentLogger, ...CERTIFY, guard, monotonicMs: () => lastMs }))
}

function withSpans({ db, nowMs }: Catalog, { spans }: Told): Catalog['db'] {
  return new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'transaction') return value.bind(target) as unknown
      return () => ({
        async execute(work: Parameters<ReturnType<typeof target.transaction>['execute']>[0]): Promise<unknown> {
          const beganMs = await nowMs()
          try {
            return await target.transaction().execute(work)
          } finally {
            spans.push({ beganMs, endedMs: await nowMs() })
          }
        },
      })
    },
  })
}

async function moveTiers(world: AtOnce, catalog: Catalog, told: Told, { random, users }: { random: Draws; users: readonly string[] }): Promise<void> {
  for (let n = 0; n < MOVES; n += 1) {
    const userId = random.pick(users)
    const tier = random.pick(['go', 'go', 'standard', 'ai'] as const)
    const askedMs = world.nowMs()
    // While one waits for its turn days go by, and retention looks at its clock: the move is refused, and nothing is changed.
    const isDone = await changeTier(catalog, { ...BECAUSE, userId, tier }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AccountError && error.code === 'clock-behind') return false
        throw error
      },
    )
    if (isDone) told.moves.push({ userId, tier, askedMs, answeredMs: world.nowMs() })
    await passing(world, random)
  }
}

async function holdSome(world: AtOnce, told: Told, random: Draws): Promise<void> {
  const catalog = world.holder
  for (let n = 0; n < HOLDS; n += 1) {
    const there = await catalog.db.selectFrom('recordings').select('recording_id').where('purged_at_ms', 'is', null).execute()
    const isOfUser = there.length === 0 || random.chance(0.5)
    const subjectId = isOfUser ? random.pick(USERS) : random.pick(there).recording_id
    const placed = await placeHold(catalog, { ...BECAUSE, orgId: ORG, subject: isOfUser ? 'user' : 'recording', subjectId }).catch(purgedMeanwhile)
    if (placed === null) continue
    const hold = { ...placed, subjectId, placedMs: world.nowMs(), releaseAskedMs: Infinity }
    told.holds.push(hold)
    await passing(world, random)
    if (random.chance(0.2)) continue
    hold.releaseAskedMs = world.nowMs()
    await releaseHold(catalog, { ...BECAUSE, holdId: hold.holdId })
  }
}

function purgedMeanwhile(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('no recording')) return null
  throw error
}

const LONGEST_MS = 40 * 86_400_000

/** Up to forty days of the fast clock, in which the others go on. */
async function passing({ nowMs }: AtOnce, random: Draws): Promise<void> {
  const untilMs = nowMs() + random.whole(0, LONGEST_MS)
  while (nowMs() < untilMs) await letOthers()
}
