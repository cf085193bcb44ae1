import { generatePlans } from '@twinreel/simulator/generate'
import type { Faults } from '@twinreel/simulator/faults'
import type { People } from '@twinreel/simulator/people'
import type { Tier } from '@twinreel/recording/retention'
import { parsePlan, PlanError, type Action, type CallPlan } from '@twinreel/simulator/plan'
import type { Random } from '../engine/types.ts'

/** Who there is, what they say, and what will be done to those who record it: all of it drawn from the seed before anything runs. */
export interface WorldPlan {
  organizations: readonly People[]
  /** Of the first hours, and of a day some weeks later. */
  calls: readonly [first: readonly CallPlan[], later: readonly CallPlan[]]
  transport: Faults
  publisherRestartChance: number
  partitions: number
  recorders: number
  recorder: { checkpointEveryMs: number; maxMemoryBytes: number; spools: boolean; putConcurrency: number }
  /** Days that go by after the first calls. */
  days: number
  /** How likely it is that a recorder dies or freezes in any second, beside what the faults do by themselves. */
  form: 'servers' | 'embedded'
  conditionalWrites: 'enforced' | 'ignored'
  keepsVersions: boolean
}

/** Seeds of the second organization and of the later calls lie far from anybody's. */
const OTHER_SEEDS = 1_000_000_000
/** As many as there are recipes: each call of the world is one of them. */
const RECIPE_CALLS = 24
/** A key that would be pressed after the hang-up: a few draws find another. */
const MOST_DRAWS = 10

export function drawWorld(seed: number, random: Random): WorldPlan {
  const organizations: People[] = []
  const first: CallPlan[] = []
  const later: CallPlan[] = []
  const segmentSeconds = random.pick([2, 3, 5, 10, 60])
  const form = random.chance(0.75) ? 'servers' : 'embedded'
  const count = random.chance(0.25) ? 2 : 1
  for (let number = 0; number < count; number++) {
    const own = drawOrganization(seed + number * OTHER_SEEDS, segmentSeconds, random.split(`organization ${number}`))
    organizations.push(own.people)
    first.push(...own.first)
    later.push(...own.later)
  }
  return {
    organizations,
    calls: [first, later],
    transport: {
      loss: random.chance(0.5) ? 0.03 : 0,
      duplicate: random.chance(0.5) ? 0.1 : 0,
      reorder: random.chance(0.5) ? 0.15 : 0,
      lostEnd: random.chance(0.4) ? 0.3 : 0,
    },
    publisherRestartChance: random.chance(0.5) ? 0.02 : 0,
    partitions: random.whole(1, 3),
    recorders: form === 'embedded' ? 1 : random.whole(1, 3),
    recorder: {
      checkpointEveryMs: random.pick([5_000, 15_000, 60_000]),
      maxMemoryBytes: random.pick([40_000, 200_000, 128 * 1_048_576]),
      spools: random.chance(0.7),
      putConcurrency: random.pick([1, 2, 4]),
    },
    days: random.whole(32, 64),
    form,
    conditionalWrites: random.chance(0.8) ? 'enforced' : 'ignored',
    keepsVersions: random.chance(0.4),
  }
}

function drawOrganization(seed: number, segmentSeconds: number, random: Random): { people: People; first: CallPlan[]; later: CallPlan[] } {
  const callSeconds = random.whole(6, 24)
  const { people, plans } = generatePlans({ seed, calls: RECIPE_CALLS, users: random.whole(3, 6), callSeconds, startsWithinSeconds: random.whole(1, 15) })
  const pool = plans.map((plan) => altered(plan, random.split(plan.callId)))
  const draw = (most: number): CallPlan[] => {
    const drawn: CallPlan[] = []
    for (let left = random.whole(1, most); left > 0 && pool.length > 0; left--) drawn.push(...pool.splice(random.whole(0, pool.length - 1), 1))
    return drawn
  }
  const rules = { segmentSeconds, idleEndSeconds: 30, recordEmergency: random.chance(0.3) }
  // Free people are the ones of whom something is deleted.
  const users = people.users.map((user) => ({ ...user, tier: random.pick<Tier>(['go', 'go', 'go', 'standard', 'ai']) }))
  return { people: { ...people, rules, users }, first: draw(4), later: random.chance(0.4) ? draw(1) : [] }
}

/** Now and then controls come late, from elsewhere, and calls end without a word, or during a hold. What can't be carried out is drawn again. */
function altered(plan: CallPlan, random: Random): CallPlan {
  for (let draws = 0; draws < MOST_DRAWS; draws++) {
    try {
      return drawAltered(plan, random)
    } catch (error) {
      if (!(error instanceof PlanError)) throw error
    }
  }
  return plan
}

function drawAltered(plan: CallPlan, random: Random): CallPlan {
  const isHeldToTheEnd = random.split('held to the end').chance(0.4)
  const actions = plan.actions
    .filter(({ do: what }) => what !== 'retrieve' || !isHeldToTheEnd)
    .map((action): Action => (action.do === 'control' && random.chance(0.3) ? { ...action, delayMs: random.whole(50, 1_000) } : action))
  return parsePlan({ ...plan, actions: [...pressedWithin(plan, actions, random.split('presses'))], end: random.chance(0.1) ? 'vanishes' : plan.end })
}

/** Calls between two users, who both may record, have somebody pause for a while: the other's recording goes on. */
function pressedWithin(plan: CallPlan, actions: readonly Action[], random: Random): readonly Action[] {
  const users = plan.participants.flatMap(({ userId }) => (userId === undefined ? [] : [userId]))
  const [first, second] = users
  const endMs = actions.at(-1)?.atMs ?? 0
  if (plan.callType !== 'internal' || first === undefined || second === undefined || random.chance(0.3)) return actions
  const userId = random.pick([first, second])
  const press = (control: 'start' | 'pause' | 'resume', share: number): Action => ({
    do: 'control',
    control,
    userId,
    via: 'softkey',
    atMs: Math.floor(endMs * share),
    stamped: true,
    delayMs: 0,
  })
  const pressed = [press('start', 0.1), press('pause', 0.3), press('resume', 0.75)]
  return [...actions, ...pressed].toSorted((a, b) => a.atMs - b.atMs)
}
