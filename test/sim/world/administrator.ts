import { switchRecordingOff } from '@twinreel/catalog/accounts/recording-switch'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { placeHold, releaseHold } from '@twinreel/catalog/legal-holds'
import { TIERS, type Tier } from '@twinreel/recording/retention'
import { enterPeople } from '@twinreel/simulator/people'
import type { Given, Random, Sim } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'
import type { AdminAct } from './evidence.ts'

/** So long a process stands still at most. */
const MOST_STILL_MS = 8_000

export const BECAUSE = { actor: 'administrator', reason: 'the simulation says so' }

/** With this a run looks up which recordings of an owner are due. */
const LOOK_AT_EXPIRED = /^select "r"\."recording_id", "r"\."owner_id", "r"\."ended_log_ms" from "accounts"/

export interface Administrator {
  readonly acts: readonly AdminAct[]
  /** Enters everybody. */
  begin(): Promise<void>
  /** Does something, in a process of its own that no fault hits, and remembers it. */
  note(act: AdminAct['act'], work: (given: Given) => Promise<void>): Promise<void>
  /** When this process has looked for something in the catalog, and has asked so often for something else, it stands still until this is done. */
  whenLooked(process: string, look: RegExp, asks: number, meanwhile: () => Promise<void>): void
  /** Does one thing or another; resolves when the catalog has said that it is done. */
  act(): Promise<void>
  /** Now and then saves what is due, by a hold or by a better tier, in the very moment when it is to be claimed. */
  saveAtLast(day: number): Promise<void>
  /** Switches recording off for everybody who has it. */
  switchAllOff(): Promise<void>
}

/** Somebody who moves tiers, places holds and switches people off, and remembers when each began and was acknowledged. */
export function administratorOf(sim: Sim, world: WorldPlan): Administrator {
  const acts: AdminAct[] = []
  const random = sim.random('administrator')
  const users = world.organizations.flatMap(({ orgId, users: people }) => people.map(({ userId }) => ({ orgId, userId })))
  const holds: { number: number; holdId: string }[] = []
  let numbers = 0
  let standing: { name: string; look: RegExp; hasLooked: boolean; asks: number; meanwhile(): Promise<void> } | null = null

  /** A process of its own, and no fault hits it: what an administrator is told must be true. */
  function doing(name: string, work: (given: Given) => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      sim.spawn({
        name,
        kind: 'admin',
        hasFaults: false,
        main: work,
        onEnd: (why) => (why.kind === 'exited' ? resolve() : reject(why.kind === 'failed' ? why.error : new Error(`${name} was killed`))),
      })
    })
  }

  async function note(act: AdminAct['act'], work: (given: Given) => Promise<void>): Promise<void> {
    const fact: AdminAct = { act, startedMs: sim.time.now(), ackedMs: null }
    acts.push(fact)
    await doing(`administrator ${acts.length}`, async (given) => {
      await work(given)
      fact.ackedMs = sim.time.now()
    })
  }

  async function moveTier(from: Random): Promise<void> {
    const { userId } = one(from, users)
    const tier: Tier = from.pick(TIERS)
    await note({ kind: 'tier', userId, tier }, ({ catalog }) => changeTier(catalog, { ...BECAUSE, userId, tier }))
  }

  async function hold(from: Random): Promise<void> {
    const { orgId, userId } = one(from, users)
    const recordings = sim.truth.database.prepare('select recording_id, org_id from recordings where claimed_at_ms is null order by recording_id').all()
    const recording = recordings.length > 0 && from.chance(0.5) ? one(from, recordings) : null
    const what =
      recording === null
        ? { orgId, subject: 'user' as const, subjectId: userId }
        : { orgId: String(recording['org_id']), subject: 'recording' as const, subjectId: String(recording['recording_id']) }
    const number = ++numbers
    await note({ kind: 'hold', subject: what.subject, subjectId: what.subjectId, number }, async ({ catalog }) => {
      const { holdId } = await placeHold(catalog, { ...BECAUSE, ...what })
      holds.push({ number, holdId })
    })
  }

  /** The recordings of free users that have lain long enough, whether somebody holds them or not. */
  function longEnough(): LongEnough[] {
    const beforeMs = sim.time.now() - 720 * 3_600_000
    const rows = sim.truth.database
      .prepare(
        `select r.recording_id, r.org_id, r.owner_id from recordings r join accounts a on a.user_id = r.owner_id
          where a.tier = 'go' and a.tier_since_ms <= ? and r.ended_log_ms <= ? and r.claimed_at_ms is null order by r.recording_id`,
      )
      .all(beforeMs, beforeMs)
    return rows.map((row) => ({ orgId: String(row['org_id']), subjectId: String(row['recording_id']), ownerId: String(row['owner_id']) }))
  }

  async function saveAtLast(day: number): Promise<void> {
    const dice = sim.random(`saved at last ${day}`)
    const due = longEnough()
    if (due.length === 0 || !dice.chance(0.5)) return
    const what = one(dice, due)
    if (dice.chance(0.5)) {
      await sim.time.wait(dice.between(0, 60))
      return save(dice, what)
    }
    // The run stands still somewhere between its look at what is due and its claim, or a little after that.
    whenLooked(`retention ${day}`, LOOK_AT_EXPIRED, dice.whole(0, 2), () => save(dice, what))
  }

  function whenLooked(name: string, look: RegExp, asks: number, meanwhile: () => Promise<void>): void {
    standing = { name, look, hasLooked: false, asks, meanwhile }
  }

  function save(dice: Random, { orgId, subjectId, ownerId }: LongEnough): Promise<void> {
    if (dice.chance(0.3))
      return note({ kind: 'tier', userId: ownerId, tier: 'standard' }, ({ catalog }) => changeTier(catalog, { ...BECAUSE, userId: ownerId, tier: 'standard' }))
    const number = ++numbers
    return note({ kind: 'hold', subject: 'recording', subjectId, number }, async ({ catalog }) => {
      const { holdId } = await placeHold(catalog, { ...BECAUSE, orgId, subject: 'recording', subjectId })
      holds.push({ number, holdId })
    })
  }

  sim.hooks.onAsk(({ process: name, detail }) => {
    if (standing?.name !== name) return
    standing.hasLooked ||= standing.look.test(String(detail))
    if (!standing.hasLooked || --standing.asks >= 0) return
    const { meanwhile } = standing
    const process = sim.processes().find((known) => known.name === name)
    standing = null
    if (process?.state !== 'running') return
    sim.faults.count('retention-frozen')
    process.freeze()
    // In a database of its own the process may hold what the other waits for.
    sim.time.at(sim.time.now() + MOST_STILL_MS, 'thaw', process.thaw)
    meanwhile().then(process.thaw, process.kill)
  })

  async function release(from: Random): Promise<void> {
    if (holds.length === 0) return hold(from)
    const [held] = holds.splice(from.whole(0, holds.length - 1), 1)
    if (held === undefined) return
    await note({ kind: 'release', number: held.number }, ({ catalog }) => releaseHold(catalog, { ...BECAUSE, holdId: held.holdId }))
  }

  function switchOff(from: Random): Promise<void> {
    return switchUserOff(one(from, users).userId)
  }

  async function switchUserOff(userId: string): Promise<void> {
    if (acts.some(({ act }) => act.kind === 'off' && act.userId === userId)) return
    await note({ kind: 'off', userId }, ({ catalog }) => switchRecordingOff(catalog, { ...BECAUSE, userId }))
  }

  return {
    acts,
    note,
    whenLooked,
    async begin() {
      await doing('administrator 0', async ({ catalog }) => {
        for (const people of world.organizations) await enterPeople(catalog, people)
      })
      for (const { users: people } of world.organizations) {
        for (const { userId, tier } of people) {
          const atMs = sim.time.now()
          acts.push({ act: { kind: 'tier', userId, tier }, startedMs: atMs, ackedMs: atMs })
        }
      }
    },
    saveAtLast,
    async switchAllOff() {
      for (const { userId } of users) await switchUserOff(userId)
    },
    act: () => random.pick([moveTier, moveTier, hold, release, switchOff])(random),
  }
}

interface LongEnough {
  orgId: string
  subjectId: string
  ownerId: string
}

function one<T>(random: Random, list: readonly T[]): T {
  const chosen = list[random.whole(0, list.length - 1)]
  if (chosen === undefined) throw new Error('there is nobody')
  return chosen
}
