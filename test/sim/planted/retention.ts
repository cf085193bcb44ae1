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
        'const { keys, next } = await store.remains({ prefix: commonFolder(from, last), after: before(from), limit })',
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
        '  const early = await recordPurged(catalog, batch, { signer, role, logRetentionMs, clockOffsetMs })\n  const { gone, objects, failures: refused } = await purgeObjects(store, batch)\n  progress.purged += early.certified.length\n',
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
  {
    name: 'paid-never-deleted',
    breaks: 'what a paid tier keeps stays, whoever asks for its deletion',
    edits: [
      {
        file: 'packages/recording/src/retention.ts',
        find: 'if (deletionDueAtMs === null) return byTier',
        replace: "if (deletionDueAtMs === null || byTier.kind === 'keep') return byTier",
      },
    ],
  },
  {
    name: 'plan-explains-nothing',
    breaks: 'a confirmed move of many halts a run as if nobody had planned it',
    edits: [
      {
        file: 'packages/recording/src/brake.ts',
        find: 'const some = Math.max(0, Math.min(count, left.get(cause.changeId) ?? 0))',
        replace: 'const some = 0',
      },
    ],
  },
  {
    name: 'never-halted',
    breaks: 'a run halts for nothing, however much goes unexplained',
    edits: [{ file: 'packages/recording/src/brake.ts', find: 'return heaviest > recordings && heaviest > share * total', replace: 'return false' }],
  },
  {
    name: 'halted-and-gone',
    breaks: 'a halt is told, and everything goes all the same',
    edits: [
      at(
        'judge-orgs',
        "    if (verdict.kind === 'halted') judged.halted.push(verdict.org)\n    else judged",
        "    if (verdict.kind === 'halted') judged.halted.push(verdict.org)\n    if (verdict.kind === 'halted') judged.cleared.push({ ...org, allowance: { ...org, confirmed: null, ceilings: new Map([[UNEXPLAINED, 1_000]]) } })\n    else judged",
      ),
      { file: 'packages/catalog/src/retention-halts.ts', find: 'return new Set(rows.map((row) => row.org_id))', replace: 'return new Set()' },
    ],
  },
]
