import { objectStoreContract } from '@twinreel/object-store/contract'
import { systemClock } from '@twinreel/service/clock'
import { memoryStore } from './memory-store.ts'

objectStoreContract('in plain memory', async () => {
  const store = memoryStore({ clock: systemClock.now })
  return { store, dispose: () => store.close() }
})
