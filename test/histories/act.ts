import { AccountError } from '@twinreel/catalog/accounts/account-error'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { placeHold, releaseHold } from '@twinreel/catalog/legal-holds'
import { bin, restore } from './bin.ts'
import { confirm, moveAll } from './many.ts'
import { end, record, stray } from './record.ts'
import type { RecordingFact } from './reference.ts'
import type { Act } from './step.ts'
import { BECAUSE, ORGS, OWNERS, type World } from './world.ts'

type ActOf<K extends Act['kind']> = Extract<Act, { kind: K }>

/** Does it, and notes that it happened. What there is nothing of yet is not done. */
export async function perform(world: World, act: Act): Promise<void> {
  const { happened, time } = world
  switch (act.kind) {
    case 'record': {
      const recording = await record(world, nth(OWNERS, act.owner), { isKept: act.isKept })
      return act.isLive ? undefined : end(world, recording)
    }
    case 'end': {
      const live = happened.recordings.filter(({ endedMs }) => endedMs === null)
      return live.length === 0 ? undefined : end(world, nth(live, act.which))
    }
    case 'tier':
      return moveTier(world, act)
    case 'bounce':
      await moveTier(world, { owner: act.owner, tier: 'ai' })
      return moveTier(world, { owner: act.owner, tier: 'go' })
    case 'odd-tier': {
      const { userId } = nth(KNOWN, act.owner)
      // A name that is no tier, or the free one as if it had been so for ever; either past the commands, which leaves it unknown.
      const written = happened.tiers.length % 2 === 0 ? { tier: 'platinum' } : { tier: 'go', tier_since_ms: 0 }
      await world.catalog.db.updateTable('accounts').set(written).where('user_id', '=', userId).execute()
      happened.tiers.push({ userId, tier: 'unknown', atMs: time.trueMs, clockMs: null, isPlanned: false })
      return touch(world, ({ ownerId }) => ownerId === userId)
    }
    case 'hold':
      return act.on === 'user' ? holdUser(world, act) : holdRecording(world, act)
    case 'move-all':
      return moveAll(world, { ...act, orgId: nth(ORGS, act.org) })
    case 'confirm':
      return confirm(world, nth(ORGS, act.org))
    case 'delete':
    case 'restore': {
      // What nobody has asked to keep yet is nobody's to delete.
      const kept = happened.recordings.filter(({ isKept }) => isKept)
      if (kept.length === 0) return
      return act.kind === 'delete' ? bin(world, nth(kept, act.which)) : restore(world, nth(kept, act.which))
    }
    case 'release':
      return release(world, act)
    case 'clock':
      // Nobody can know of a clock that is ahead before the worker has seen it for the first time.
      if (act.errorMs <= 0 || world.hasWitness || world.worker.guard.trusted !== null) time.errorMs = act.errorMs
      return
    case 'stray':
      return happened.recordings.length === 0 ? undefined : stray(world, nth(happened.recordings, act.which), act)
  }
}

const KNOWN = OWNERS.filter(({ isKnown }) => isKnown)

async function moveTier(world: World, { owner, tier }: Omit<ActOf<'tier'>, 'kind'>): Promise<void> {
  const { catalog, happened, time } = world
  const { userId } = nth(KNOWN, owner)
  const isDone = await changeTier(catalog, { ...BECAUSE, userId, tier }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AccountError && error.code === 'clock-behind') return false
      throw error
    },
  )
  if (!isDone) return
  // A clock that is behind, and that retention never saw right, dates the change too early, and nobody can know.
  happened.tiers.push({ userId, tier, atMs: time.trueMs + Math.min(0, time.errorMs), clockMs: time.trueMs + time.errorMs, isPlanned: false })
  touch(world, ({ ownerId }) => ownerId === userId)
}

/** Who has recordings need not be known; what another organization says of its user of that name keeps nothing here. */
async function holdUser(world: World, { which }: ActOf<'hold'>): Promise<void> {
  const { userId, orgId, isKnown } = nth(OWNERS, which)
  const isThere = world.happened.recordings.some((each) => each.orgId === orgId && each.ownerId === userId && !world.purged.has(each.recordingId))
  if (isKnown || isThere) await hold(world, { orgId, on: 'user', subjectId: userId })
}

async function holdRecording(world: World, { which }: ActOf<'hold'>): Promise<void> {
  const there = world.happened.recordings.filter(({ recordingId }) => !world.purged.has(recordingId))
  if (there.length === 0) return
  const { recordingId, orgId } = nth(there, which)
  await hold(world, { orgId, on: 'recording', subjectId: recordingId })
}

async function hold(world: World, subject: { orgId: string; on: 'user' | 'recording'; subjectId: string }): Promise<void> {
  const { catalog, happened, claimed, purged, wrong } = world
  const { orgId, on, subjectId } = subject
  const { holdId, alreadyClaimed } = await placeHold(catalog, { ...BECAUSE, orgId, subject: on, subjectId })
  happened.holds.push({ ...subject, holdId, isReleased: false })
  const isHeld = (each: RecordingFact): boolean => each.orgId === orgId && (on === 'user' ? each.ownerId : each.recordingId) === subjectId
  const late = happened.recordings.filter((each) => isHeld(each) && claimed.has(each.recordingId) && !purged.has(each.recordingId))
  const told = late.map(({ recordingId }) => recordingId).toSorted()
  if (told.join() !== alreadyClaimed.join()) wrong.push(`a hold on ${subjectId} says that “${alreadyClaimed.join()}” go all the same; it is “${told.join()}”`)
  if (told.length > 0) world.seen.add('hold came too late')
  touch(world, isHeld)
}

async function release(world: World, { which }: ActOf<'release'>): Promise<void> {
  const inForce = world.happened.holds.filter(({ isReleased }) => !isReleased)
  if (inForce.length === 0) return
  const placed = nth(inForce, which)
  await releaseHold(world.catalog, { ...BECAUSE, holdId: placed.holdId })
  placed.isReleased = true
  touch(world, () => true)
}

function touch({ happened, touched }: World, isTouched: (recording: RecordingFact) => boolean): void {
  for (const recording of happened.recordings) if (isTouched(recording)) touched.add(recording.recordingId)
}

function nth<T>(items: readonly T[], n: number): T {
  const item = items[n % items.length]
  if (item === undefined) throw new Error('there is nothing to choose from')
  return item
}
