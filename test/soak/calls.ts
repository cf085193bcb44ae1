import { generatePlans } from '@twinreel/simulator/generate'
import { generatePeople } from '@twinreel/simulator/generate-people'
import type { People } from '@twinreel/simulator/people'
import { plannedLengthMs, type CallPlan } from '@twinreel/simulator/plan'
import type { Draws } from '@twinreel/simulator/random'

/** Calls of one length belong to an organization of their own; `often`: of fifteen calls. */
interface Company {
  seed: number
  callSeconds: number
  segmentSeconds: number
  often: number
}

const USERS = 20
/** The longest have many segments, and are there through several strikes. */
const COMPANIES: readonly Company[] = [
  { seed: 9_001, callSeconds: 15, segmentSeconds: 60, often: 2 },
  { seed: 9_002, callSeconds: 25, segmentSeconds: 10, often: 3 },
  { seed: 9_003, callSeconds: 40, segmentSeconds: 15, often: 3 },
  { seed: 9_004, callSeconds: 60, segmentSeconds: 20, often: 3 },
  { seed: 9_005, callSeconds: 90, segmentSeconds: 60, often: 2 },
  { seed: 9_006, callSeconds: 130, segmentSeconds: 20, often: 1 },
  { seed: 9_007, callSeconds: 200, segmentSeconds: 60, often: 1 },
]

export const PEOPLE: readonly People[] = COMPANIES.map(({ seed, segmentSeconds }) => ({
  ...generatePeople({ seed, users: USERS }),
  rules: { segmentSeconds },
}))

/** How much call time an object of the organization holds at most. */
export function segmentMsOf(orgId: string): number {
  return (PEOPLE.find((people) => people.orgId === orgId)?.rules.segmentSeconds ?? 60) * 1_000
}

/** Calls without end, in the order in which they ring: on each of the chairs one after the other. */
export function* endlessCalls(chairs: number, draws: Draws): Generator<CallPlan> {
  const often = COMPANIES.flatMap((company) => Array.from({ length: company.often }, () => company))
  const sources = new Map(COMPANIES.map((company) => [company, plansOf(company)]))
  const free = Array.from({ length: chairs }, () => draws.whole(0, 4_000))
  for (;;) {
    const startAfterMs = Math.min(...free)
    const plan = sources.get(draws.pick(often))?.next().value
    if (plan === undefined) throw new Error('a source of calls has run dry')
    free[free.indexOf(startAfterMs)] = startAfterMs + plan.ringMs + plannedLengthMs(plan) + draws.whole(0, 500)
    yield { ...plan, startAfterMs }
  }
}

/** A plan hangs on its number alone, so a longer list begins with the shorter one. */
function* plansOf({ seed, callSeconds }: Company): Generator<CallPlan, undefined> {
  for (let from = 0, to = 100; ; from = to, to *= 2) {
    yield* generatePlans({ seed, calls: to, users: USERS, callSeconds })
      .plans.slice(from)
      .filter((plan) => !isHandedOn(plan))
  }
}

/** From user to user: when the first one's announcement comes too late for him, the oracle takes it for the second one's. */
function isHandedOn({ actions }: CallPlan): boolean {
  return actions.some((action) => action.do === 'join' && action.participant.userId !== undefined)
}
