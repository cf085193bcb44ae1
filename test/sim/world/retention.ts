import { BRAKE_LIMITS } from '@twinreel/recording/brake'
import { runRetention, type RunReport } from '@twinreel/retention/run'
import { RECORDER_KEYS } from '../../support/signing.ts'
import type { Sim, SimProcess } from '../engine/types.ts'
import type { RetentionRun } from './evidence.ts'

/** One run of retention in a process of its own, which may be killed at any moment; what it reported, or null when it did not come that far. */
export async function runOnce(
  sim: Sim,
  runs: RetentionRun[],
  options: { name: string; mayDie: boolean; limits?: RetentionRun['limits'] },
): Promise<RunReport | null> {
  const { name, limits = BRAKE_LIMITS } = options
  const random = sim.random(name)
  const startedMs = sim.time.now()
  let report: RunReport | null = null
  await new Promise<void>((resolve) => {
    const process = sim.spawn({
      name,
      kind: 'retention',
      mayDie: options.mayDie,
      mayFreeze: options.mayDie,
      async main({ catalog, store, log, clock, monotonicMs }) {
        report = await runRetention({
          catalog,
          store,
          log,
          signer: RECORDER_KEYS.signer,
          role: 'retention',
          logRetentionMs: 72 * 3_600_000,
          limits,
          witness: clock,
          monotonicMs,
        })
      },
      onEnd: () => resolve(),
    })
    if (options.mayDie && random.chance(0.3)) sim.time.at(startedMs + random.between(1, 80), 'retention is killed', () => kill(sim, process))
  })
  if ((report as RunReport | null)?.haltedOrgs.length) sim.faults.count('org-halted')
  runs.push({ name, limits, startedMs, endedMs: sim.time.now(), report })
  return report
}

function kill(sim: Sim, process: SimProcess): void {
  if (process.state === 'dead') return
  sim.faults.count('retention-killed')
  process.kill()
}
