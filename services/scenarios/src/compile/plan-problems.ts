import { callPlanSchema, type CallPlanInput } from '@twinreel/simulator/plan'
import { writeCallTime } from '@twinreel/contracts/call-time'
import { writeDuration } from '../language/call-clock.ts'
import type { Scenario, ScenarioCall } from '../language/scenario.ts'
import { scenarioIds } from './ids.ts'
import { planOf } from './plan.ts'

/** What keeps a call from being played; `line` is the place in its timeline, from 0 on, and `key` the key of the call or the file that says it. */
export interface CallProblem {
  line: number | null
  key: 'rings' | 'starts' | 'clock-skew' | null
  message: string
}

/** Each once, however many parts of the plan suffer from it. */
export function callProblems(scenario: Scenario, call: ScenarioCall): CallProblem[] {
  const { input, lineOf } = planOf(scenario, call, scenarioIds(scenario, null), { lockstep: true })
  const parsed = callPlanSchema.safeParse(input)
  if (parsed.success) return []
  const problems = parsed.error.issues.map((issue): CallProblem => {
    const action = issue.path[0] === 'actions' ? input.actions[Number(issue.path[1])] : undefined
    return {
      line: (action === undefined ? undefined : lineOf.get(action)) ?? lineOfPart(call, input, issue.path),
      key: KEYS[String(issue.path[0])] ?? null,
      message: messageOf(issue, valueAt(input, issue.path)),
    }
  })
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

const KEYS: Readonly<Record<string, CallProblem['key']>> = { ringMs: 'rings', startAfterMs: 'starts', skewMs: 'clock-skew' }

/** Of what is planned beside the actions. */
function lineOfPart({ timeline }: ScenarioCall, input: CallPlanInput, [part, at]: readonly PropertyKey[]): number | null {
  const lines = [...timeline.entries()]
  const nth = (kind: 'prompt-fate' | 'gate-fate'): number | undefined => lines.filter(([, { happening }]) => happening.do === kind)[Number(at)]?.[0]
  switch (part) {
    case 'promptFates':
      return nth('prompt-fate') ?? null
    case 'gateFates':
      return nth('gate-fate') ?? null
    case 'losses': {
      const loss = input.losses?.[Number(at)]
      return lines.find(([, { atMs, happening }]) => 'forMs' in happening && atMs === loss?.fromMs && atMs + happening.forMs === loss.toMs)?.[0] ?? null
    }
    default:
      return null
  }
}

type Issue = NonNullable<ReturnType<typeof callPlanSchema.safeParse>['error']>['issues'][number]

const NAMES: Readonly<Record<string, string>> = { ringMs: 'ringing', skewMs: 'the skew', delayMs: 'the delay', forMs: 'the time' }

function messageOf(issue: Issue, value: unknown): string {
  const name = String(issue.path.at(-1))
  if (typeof value === 'number' && name.endsWith('Ms') && (issue.code === 'too_big' || issue.code === 'too_small')) {
    const limit = Number(issue.code === 'too_big' ? issue.maximum : issue.minimum)
    const written = ['atMs', 'fromMs', 'toMs'].includes(name) ? writeCallTime : signed
    return `${NAMES[name] ?? 'that'} is ${written(value)}, ${issue.code === 'too_big' ? 'at most' : 'at least'} ${written(limit)} can be played`
  }
  return issue.code === 'custom' ? issue.message : `the call can’t be played: ${issue.path.map(String).join('.')}: ${issue.message}`
}

function signed(ms: number): string {
  return `${ms < 0 ? '-' : ''}${writeDuration(Math.abs(ms))}`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined), value)
}
