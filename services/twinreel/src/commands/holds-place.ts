import type { Command } from 'commander'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { counted } from '../format.ts'
import { line } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

interface Options extends BecauseOptions {
  org: string
  recording?: string[]
  user?: string[]
  matter?: string
}

export function addHoldsPlace(holds: Command): void {
  const place = addCommand(
    holds,
    'place',
    'Keep recordings, or everything of users, until released, whatever else says they go. Exits 1 when it came too late for a recording whose deletion had begun; the hold is placed all the same.',
    'twinreel holds place --org acme --user ada --matter "Smith v. Acme" --reason "letter of 3 March"',
  )
    .requiredOption('--org <id>', 'the organization')
    .option('--recording <ids...>', 'these recordings')
    .option('--user <ids...>', 'every recording of these users, later ones too')
    .option('--matter <name>', 'the case they belong to; released together', line('matter'))
  addReasonOptions(place).action(
    action(async ({ configuration, output }, { org: orgId, recording = [], user = [], matter, ...options }: Options) => {
      if (recording.length + user.length === 0) throw usageError('nothing to hold is named', 'give --recording ID … or --user ID …')
      const { placeHolds } = await import('@twinreel/catalog/legal-holds')
      const subjects = [
        ...[...new Set(recording)].map((subjectId) => ({ subject: 'recording' as const, subjectId })),
        ...[...new Set(user)].map((subjectId) => ({ subject: 'user' as const, subjectId })),
      ]
      return withAcknowledged(configuration, {
        work: (catalog) => placeHolds(catalog, { ...becauseOf(options), orgId, matter: matter ?? null, subjects }),
        async tell(placed) {
          await output.document(
            { orgId, matter: matter ?? null, holds: placed.map(({ alreadyClaimed: tooLateFor, ...hold }) => ({ ...hold, tooLateFor })) },
            placed.map(({ holdId, subject, subjectId, keeps }) => `${holdId}  ${subject} ${subjectId}: ${counted(keeps, 'recording')} kept`).join('\n'),
          )
          const late = placed.flatMap(({ alreadyClaimed }) => alreadyClaimed)
          for (const recordingId of new Set(late)) output.note(`too late for recording ${recordingId}: its deletion had begun`)
          return late.length === 0 ? EXIT.done : EXIT.checkFailed
        },
      })
    }),
  )
}
