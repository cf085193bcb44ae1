import type { HookCalls } from './hooks.ts'
import type { FaultPlan, Random, Trace, VirtualTime } from './types.ts'

/** What every engine and process of one simulation works with. */
export interface Parts {
  time: VirtualTime
  trace: Trace
  faults: FaultPlan
  hooks: HookCalls
  form: 'servers' | 'embedded'
  startMs: number
  random(name: string): Random
  /** The run ends with this error. */
  fail(error: unknown): void
}
