import { objectStoreContract } from './contract.ts'
import { memoryStore } from './memory.ts'

objectStoreContract('in plain memory', async () => {
  const store = memoryStore({ clock: () => Math.floor(performance.timeOrigin + performance.now()) })
  return { store, dispose: () => store.close() }
})
