import type { Command } from 'commander'
import type { DeletionOutcome } from '@twinreel/catalog/deletions'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { isoTime, orDash } from '../format.ts'
import { oneOf } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

export function addRecordingsDelete(recordings: Command): void {
  const remove = addCommand(
    recordings,
    'delete <ids...>',
    'Put recordings into the bin: they go after 72 hours, whatever the tier, and can be restored until then. One that is live goes not before it ended, one under a legal hold not before its release. All of those named, or none.',
    'twinreel recordings delete 6f9e4a52-60cf-5d3f-b9c2-0c1f5a3f0d11 --by user --reason "private call"',
  ).addOption(oneOf('--by <who>', 'as whom it is deleted', ['user', 'admin']).makeOptionMandatory())
  addReasonOptions(remove).action(
    action(async ({ configuration, output }, { by, ...options }: BecauseOptions & { by: 'user' | 'admin' }, recordingIds) => {
      const { deleteRecordings } = await import('@twinreel/catalog/deletions')
      return withAcknowledged(configuration, {
        work: (catalog) => deleteRecordings(catalog, { ...becauseOf(options), recordingIds, by }),
        async tell(outcomes) {
          await output.list(outcomes, {
            columns: [
              { head: 'recording', cell: ({ recordingId }) => recordingId },
              { head: 'is', cell: stateOf },
              { head: 'goes', cell: (outcome) => orDash(isoTime(dueOf(outcome))) },
            ],
            json: (outcome) => ({ recordingId: outcome.recordingId, state: outcome.kind, ...detailOf(outcome), dueAt: isoTime(dueOf(outcome)) }),
            empty: 'no recording',
          })
          return EXIT.done
        },
      })
    }),
  )
}

function stateOf(outcome: DeletionOutcome): string {
  switch (outcome.kind) {
    case 'in-bin':
      return ['in the bin', ...(outcome.isHeld ? ['under legal hold'] : []), ...(outcome.isLive ? ['live'] : [])].join(', ')
    case 'already-in-bin':
      return 'in the bin already'
    case 'already-deleted':
      return 'being deleted, or gone'
  }
}

function dueOf(outcome: DeletionOutcome): number | null {
  return outcome.kind === 'already-deleted' ? null : outcome.dueAtMs
}

function detailOf(outcome: DeletionOutcome): Record<string, unknown> {
  return outcome.kind === 'in-bin' ? { deletionId: outcome.deletionId, legalHold: outcome.isHeld, live: outcome.isLive } : {}
}
