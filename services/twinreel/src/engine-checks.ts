import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Check } from '@twinreel/service/health'

/** Whether store and catalog answer something small. (The log is asked by whoever watches the recorder, for its lag.) */
export function engineChecks({ store, catalog }: { store: ObjectStore; catalog: Catalog }): Readonly<Record<'store' | 'catalog', Check>> {
  return {
    async store() {
      await store.list({ prefix: 'recordings/', limit: 1 })
      return null
    },
    async catalog() {
      // A table that every role may read.
      await catalog.db.selectFrom('recordings').select('recording_id').limit(1).execute()
      return null
    },
  }
}
