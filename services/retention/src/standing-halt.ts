import { journalFault } from '@twinreel/catalog/journal/belongs'
import type { Catalog } from '@twinreel/catalog/open'
import { retentionWatermark } from '@twinreel/catalog/retention-clock'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Clock } from '@twinreel/service/clock'
import { clockFault } from './clock-guard.ts'
import type { RunReport } from './run-options.ts'
import { lookAtStore } from './still-there.ts'

export interface StandingHalt {
  kind: NonNullable<RunReport['halted']>
  why: string
}

/** What would halt a run that was begun now by a new process, as far as can be known without beginning one; `null`: nothing. Throws what the store throws. */
export async function standingHalt(catalog: Catalog, store: ObjectStore, witness: Clock): Promise<StandingHalt | null> {
  const now = { wallMs: await catalog.nowMs(), monotonicMs: 0 }
  const clock = clockFault({ now, trusted: null, watermarkMs: await retentionWatermark(catalog), witnessMs: witness.now() })
  if (clock !== null) return { kind: 'clock-jump', why: clock }
  const wrong = await journalFault(catalog, store)
  if (wrong !== null) return { kind: 'wrong-catalog', why: wrong }
  const { fault: lacking } = await lookAtStore(catalog, store, { missing: new Set(), witness: null })
  return lacking === null ? null : { kind: 'wrong-store', why: lacking }
}
