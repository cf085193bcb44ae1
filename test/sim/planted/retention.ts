import type { Plant } from './plant.ts'

const at = (file: string, find: string, replace: string): Plant['edits'][number] => ({ file: `services/retention/src/${file}.ts`, find, replace })

/** Faults in what deletes. */
export const RETENTION_PLANTS: readonly Plant[] = [
  {
    name: 'purge-without-verify',
    breaks: 'the store is believed that it deleted, and not asked what is left',
    edits: [
      at('purge', 'const { keys: left } = await store.remains({ prefix })', 'const left = []'),
      at(
        'proven-gone',
        'const { keys, next } = await store.remains({ prefix: commonFolder(from, last), after: before(from) })',
        'const { keys, next } = { keys: [], next: null }',
      ),
    ],
  },
  {
    name: 'certified-before-gone',
    breaks: 'a deletion is certified before it is done',
    edits: [
      at(
        'run',
        '  const { gone, objects, failures: refused } = await purgeObjects(store, batch)\n',
        '  const early = await recordPurged(catalog, batch, { signer, role, logRetentionMs, clockOffsetMs })\n  const { gone, objects, failures: refused } = await purgeObjects(store, batch)\n  progress.purged += early.length\n',
      ),
    ],
  },
  {
    name: 'claims-not-resumed',
    breaks: 'what a killed run had claimed is never finished',
    edits: [at('run', '    await inBatches((batches) => finishClaimed(run, batches))\n', '')],
  },
  {
    name: 'never-looked-again',
    breaks: 'nobody looks again where something was purged',
    edits: [at('run', '    await lookAgainAtAll(run)\n', '')],
  },
  {
    name: 'clock-believed',
    breaks: 'a clock that has jumped ahead is believed',
    edits: [
      at('clock-guard', 'Math.abs(now.wallMs - expectedMs) > JUMP_LIMIT_MS', 'Math.abs(now.wallMs - expectedMs) > Number.MAX_SAFE_INTEGER'),
      at('clock-guard', 'Math.abs(now.wallMs - witnessMs) > JUMP_LIMIT_MS', 'Math.abs(now.wallMs - witnessMs) > Number.MAX_SAFE_INTEGER'),
    ],
  },
  {
    name: 'bin-of-two-days',
    breaks: 'what somebody deleted goes after 48 hours',
    edits: [{ file: 'packages/catalog/src/deletions.ts', find: 'BIN_MS = 72 *', replace: 'BIN_MS = 48 *' }],
  },
  {
    name: 'restored-and-gone',
    breaks: 'what somebody restored goes all the same',
    edits: [
      {
        file: 'packages/catalog/src/deletions.ts',
        find: 'set({ deletion_id: null, deletion_due_ms: null })',
        replace: 'set({ deletion_id: row.deletion_id })',
      },
      { file: 'packages/catalog/src/deletion-requests.ts', find: ", eb('d.restored_at_ms', 'is', null)", replace: '' },
    ],
  },
]
