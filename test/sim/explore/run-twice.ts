import { runSeed, type SeedResult } from '../world/run-seed.ts'

export interface TwiceResult extends SeedResult {
  /** Real time, both runs. */
  tookMs: number
}

/** The same seed twice: whatever is not the same the second time makes every other result of it worthless. */
export async function runTwice(seed: number): Promise<TwiceResult> {
  const beganMs = performance.now()
  const first = await runSeed(seed)
  // It is judged once: what is the same is as good, or as bad, as the first.
  const second = await runSeed(seed, { isJudged: false })
  const tookMs = performance.now() - beganMs
  if (first.traceHash === second.traceHash) return { ...first, tookMs }
  const differs = { check: 'determinism', message: `two runs of the seed differ: trace ${first.traceHash.slice(0, 16)} and ${second.traceHash.slice(0, 16)}` }
  return { ...first, violations: [...first.violations, differs], tookMs }
}
