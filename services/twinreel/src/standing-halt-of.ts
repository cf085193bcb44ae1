import type { Catalog } from '@twinreel/catalog/open'
import type { StandingHalt } from '@twinreel/retention/standing-halt'
import type { Place } from './place.ts'
import { withStore } from './with-engines.ts'

/** What would halt a whole run of retention now; `unseen`: why that could not be looked at. */
export async function standingHaltOf(place: Place, catalog: Catalog): Promise<{ standing: StandingHalt | null; unseen: string | null }> {
  const [{ standingHalt }, { systemClock }] = await Promise.all([import('@twinreel/retention/standing-halt'), import('@twinreel/service/clock')])
  try {
    return { standing: await withStore(place, catalog, (store) => standingHalt(catalog, store, systemClock)), unseen: null }
  } catch (error) {
    if (error instanceof Error && ['StoreError', 'UnseenError'].includes(error.name)) return { standing: null, unseen: error.message }
    throw error
  }
}
