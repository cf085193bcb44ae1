import { generatePeople } from './generate-people.ts'
import type { People } from './people.ts'
import { parsePlan, type CallPlan, type CallPlanInput } from './plan.ts'
import { drawsOf, keyOf, type Draws } from './random.ts'
import { RECIPES } from './recipes.ts'

export interface GenerateOptions {
  seed: number
  calls: number
  users: number
  /** Every call lasts exactly so long from its answer to its hang-up, so that the load is known. Default 180. */
  callSeconds?: number
  /** The calls begin to ring at seeded moments of this time. Default 5. */
  startsWithinSeconds?: number
  /** Now and then A-law and linear streams; else µ-law at 8 kHz alone. Default true. */
  mixedFormats?: boolean
}

type Format = Required<Pick<CallPlanInput['streams'][number], 'codec' | 'sampleRateHz'>>
const MU_LAW: Format = { codec: 'PCMU', sampleRateHz: 8_000 }
/** One call in so many has the format. */
const OTHER_FORMATS: readonly { oneIn: number; format: Format }[] = [
  { oneIn: 7, format: { codec: 'PCMA', sampleRateHz: 8_000 } },
  { oneIn: 17, format: { codec: 'L16', sampleRateHz: 8_000 } },
  { oneIn: 25, format: { codec: 'L16', sampleRateHz: 16_000 } },
]

/**
 * An organization `sim-SEED` with `users` users, and `calls` calls of theirs with everything that happens to calls: the same for the
 * same options, on any machine. Throws RangeError for numbers that make no simulation.
 */
export function generatePlans(options: GenerateOptions): { people: People; plans: CallPlan[] } {
  const { seed, calls, users, callSeconds = 180, startsWithinSeconds = 5, mixedFormats = true } = options
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER)
  checkWhole('calls', calls, 1, 100_000)
  checkWhole('users', users, 1, 100_000)
  checkWhole('callSeconds', callSeconds, 1, 86_400)
  checkWhole('startsWithinSeconds', startsWithinSeconds, 0, 86_400)
  const people = generatePeople({ seed, users })
  const plans = Array.from({ length: calls }, (_, index) => {
    const callId = `sim-${seed}-call-${String(index + 1).padStart(5, '0')}`
    const draws = drawsOf(keyOf('plan', seed, callId))
    return generatePlan({ seed, callId, people, draws, index, lengthMs: callSeconds * 1_000, startsWithinMs: startsWithinSeconds * 1_000, mixedFormats })
  })
  return { people, plans }
}

interface PlanOptions {
  seed: number
  callId: string
  people: People
  draws: Draws
  index: number
  lengthMs: number
  startsWithinMs: number
  mixedFormats: boolean
}

function generatePlan({ seed, callId, people, draws, index, lengthMs, startsWithinMs, mixedFormats }: PlanOptions): CallPlan {
  const recipe = RECIPES[index % RECIPES.length]
  if (recipe === undefined) throw new RangeError('there are no recipes')
  const { actions, ...dish } = recipe({ draws, users: people.users, lengthMs })
  const format = mixedFormats ? (OTHER_FORMATS.find(({ oneIn }) => index % oneIn === oneIn - 1)?.format ?? MU_LAW) : MU_LAW
  return parsePlan({
    callId,
    orgId: people.orgId,
    seed,
    startAfterMs: draws.whole(0, startsWithinMs),
    ringMs: draws.whole(500, 4_000),
    ...dish,
    streams: dish.participants.map(({ participantId }) => ({ streamId: participantId, participantIds: [participantId], ...format })),
    actions: [...actions.toSorted((a, b) => a.atMs - b.atMs), { do: 'hang-up', atMs: lengthMs }],
  })
}

function checkWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} is ${value}; a whole number from ${min} to ${max} makes a simulation`)
}
