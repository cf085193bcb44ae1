import { reconcile } from '@twinreel/retention/reconcile/reconcile'
import { uncommittedSinceMs } from '@twinreel/twinreel/reconcile/uncommitted-since'
import { RECORDER_KEYS } from '../../support/signing.ts'
import type { Sim } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'
import type { Observed } from './observer.ts'

const JUST_NOW_MS = 60_000

/**
 * An operator has bucket and catalog compared, beside retention and through whatever fails. What is told must be so: nothing here loses an object that has a row, and only
 * what a cut log left behind, or a backup brought back, has none.
 */
export function reconcileOnce(
  sim: Sim,
  world: WorldPlan,
  { violations, trimmed, deletions }: Pick<Observed, 'violations' | 'trimmed' | 'deletions'>,
  name: string,
): Promise<void> {
  // Retention may delete what was just looked at.
  const wasThere = (key: string): boolean =>
    sim.truth.body(key) !== null || deletions.some((deletion) => deletion.key === key && deletion.atMs > sim.time.now() - JUST_NOW_MS)
  return new Promise((resolve) => {
    sim.spawn({
      name,
      kind: 'admin',
      mayDie: true,
      async main({ catalog, store, eventLog }) {
        const since = (): Promise<number> => uncommittedSinceMs({ catalog, eventLog }, world.form === 'embedded' ? 'embedded' : 'kafka')
        await reconcile({ catalog, store, keys: RECORDER_KEYS.trustedKeys, isDeep: true, uncommittedSinceMs: since }, async ({ kind, key, why }) => {
          if (kind === 'in-flight') return
          const mayBe = (kind === 'leftover' || (kind === 'orphan' && trimmed.length > 0)) && wasThere(key)
          if (!mayBe) violations.push({ check: 'reconcile', message: `${name} calls ${key} ${kind}: ${why}` })
        })
      },
      onEnd: () => resolve(),
    })
  })
}
