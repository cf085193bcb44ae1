import { type JournalStore, waitingEntries, writeJournal } from '@twinreel/catalog/journal/write'
import type { RecorderDeps } from './deps.ts'

export interface JournalWriter {
  /** There may be something to write; what is under way is not disturbed. */
  kick(): void
  /** Writes what is there and stops. */
  stop(): Promise<void>
}

/** Puts what the catalog's transactions left for the journal into the store; what fails is tried again at the next kick. */
export function journalWriter(deps: Pick<RecorderDeps, 'catalog' | 'log' | 'signer' | 'observe'> & { store: JournalStore }): JournalWriter {
  let running: Promise<void> | null = null

  async function write(): Promise<void> {
    try {
      const { head, objects } = await writeJournal(deps.catalog, deps.store, deps.signer)
      deps.observe?.journaled()
      // Kept elsewhere than the bucket, such a line says whether the journal's end is still there: `catalog rebuild --expect`.
      if (objects > 0 && head !== null) deps.log.info({ journal: `${head.sequence}:${head.sha256}`, objects }, 'journal written')
    } catch (error) {
      if (deps.observe !== undefined) deps.observe.journalFailed(await waitingEntries(deps.catalog).catch(() => null))
      deps.log.warn({ error }, 'the journal could not be written; trying again')
    }
  }

  function kick(): void {
    running ??= write().finally(() => (running = null))
  }

  return {
    kick,
    async stop() {
      await running
      await write()
    },
  }
}
