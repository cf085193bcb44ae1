import { FAULT_KINDS } from '../engine/fault-kinds.ts'
import type { Totals } from '../world/totals.ts'
import type { TwiceResult } from './run-twice.ts'

/** What came of many seeds. */
export interface Summary {
  seeds: number
  seconds: number
  /** How often each kind of fault fired, and in how many seeds. */
  faults: Record<string, { fired: number; seeds: number }>
  neverFired: string[]
  violations: { seed: number; check: string; message: string }[]
  totals: Totals
  slowestMs: number
}

export function emptySummary(): Summary {
  return {
    seeds: 0,
    seconds: 0,
    faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, { fired: 0, seeds: 0 }])),
    neverFired: [...FAULT_KINDS],
    violations: [],
    totals: { calls: 0, recordings: 0, segments: 0, purged: 0, capturedMs: 0, lives: 0 },
    slowestMs: 0,
  }
}

export function addResult(summary: Summary, { seed, violations, fired, totals, tookMs }: TwiceResult): void {
  summary.seeds += 1
  summary.slowestMs = Math.max(summary.slowestMs, Math.round(tookMs))
  for (const [kind, times] of Object.entries(fired)) {
    const known = (summary.faults[kind] ??= { fired: 0, seeds: 0 })
    known.fired += times
    known.seeds += 1
  }
  summary.neverFired = FAULT_KINDS.filter((kind) => summary.faults[kind]?.fired === 0)
  for (const violation of violations) summary.violations.push({ seed, ...violation })
  for (const name of Object.keys(totals) as (keyof Totals)[]) summary.totals[name] += totals[name]
}

/** Whether all is well: nothing violated, every kind of fault seen, and the worlds were not empty. */
export function isSound({ violations, neverFired, totals }: Summary): boolean {
  return violations.length === 0 && neverFired.length === 0 && totals.recordings > 0 && totals.purged > 0
}

export function tableOf(summary: Summary): string {
  const width = Math.max(...Object.keys(summary.faults).map((kind) => kind.length))
  const rows = Object.entries(summary.faults).map(
    ([kind, { fired, seeds }]) => `${kind.padEnd(width)}  ${String(fired).padStart(8)}  ${String(seeds).padStart(6)}`,
  )
  return [`${'fault'.padEnd(width)}  ${'fired'.padStart(8)}  ${'seeds'.padStart(6)}`, ...rows].join('\n')
}
