import type { Command } from 'commander'
import type { RestoreOutcome } from '@twinreel/catalog/deletions'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { isoTime, orDash } from '../format.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

export function addRecordingsRestore(recordings: Command): void {
  const restore = addCommand(
    recordings,
    'restore <ids...>',
    'Take recordings out of the bin. Exits 1 when one is not in it, is being deleted already, or goes with its user’s data; the others are restored.',
    'twinreel recordings restore 6f9e4a52-60cf-5d3f-b9c2-0c1f5a3f0d11 --reason "deleted by mistake"',
  )
  addReasonOptions(restore).action(
    action(async ({ configuration, output }, options: BecauseOptions, recordingIds) => {
      const { restoreRecordings } = await import('@twinreel/catalog/deletions')
      return withAcknowledged(configuration, {
        work: (catalog) => restoreRecordings(catalog, { ...becauseOf(options), recordingIds }),
        async tell(outcomes) {
          await output.list(outcomes, {
            columns: [
              { head: 'recording', cell: ({ recordingId }) => recordingId },
              { head: 'is', cell: (outcome) => (outcome.kind === 'restored' ? 'restored' : WHY[outcome.why]) },
              { head: 'due', cell: (outcome) => orDash(outcome.kind === 'restored' ? isoTime(outcome.dueAtMs) : null) },
            ],
            json: (outcome) =>
              outcome.kind === 'restored'
                ? { recordingId: outcome.recordingId, restored: true, why: null, dueAt: isoTime(outcome.dueAtMs) }
                : { recordingId: outcome.recordingId, restored: false, why: outcome.why, dueAt: null },
            empty: 'no recording',
          })
          return outcomes.every(({ kind }) => kind === 'restored') ? EXIT.done : EXIT.checkFailed
        },
      })
    }),
  )
}

const WHY = {
  'not-in-bin': 'not in the bin',
  'already-deleted': 'too late: its deletion has begun',
  erased: 'not restored: it goes with its user’s data',
} as const satisfies Record<Extract<RestoreOutcome, { kind: 'refused' }>['why'], string>
