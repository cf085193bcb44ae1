import type { Command } from 'commander'
import type { ErasurePlan } from '@twinreel/catalog/erasures'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { counted } from '../format.ts'
import { wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged, withCatalog } from '../with-engines.ts'

export function addUsersErase(users: Command): void {
  const erase = addCommand(
    users,
    'erase <user>',
    'Erase a user’s data: every recording goes at once and can’t be restored, recording is switched off, the display name is cleared. A dry run until the number of recordings is confirmed; exits 1 and changes nothing when it is another number by then.',
    'twinreel users erase ada --reason "request of 3 March" --confirm 12',
  ).option('--confirm <count>', 'so many recordings may go', wholeNumber(0))
  addReasonOptions(erase).action(
    action(async ({ configuration, place, output }, { confirm, ...options }: BecauseOptions & { confirm?: number }, [userId = '']) => {
      const { eraseUser, planErasure } = await import('@twinreel/catalog/erasures')
      if (confirm === undefined) {
        const plan = await withCatalog(place, (catalog) => planErasure(catalog, userId))
        await output.document({ ...plan, dryRun: true, deletionId: null }, textOf(plan, true))
        return EXIT.done
      }
      return withAcknowledged(configuration, {
        work: (catalog) => eraseUser(catalog, { ...becauseOf(options), userId, confirm }),
        async tell(erased) {
          await output.document({ ...erased, dryRun: false }, textOf(erased, false))
          return EXIT.done
        },
      })
    }),
  )
}

function textOf({ userId, recordings, dueNow, live, held, alreadyDeleting, recordingOn, hasName }: ErasurePlan, isDryRun: boolean): string {
  const would = isDryRun ? 'would go' : 'go'
  return [
    `${userId}: ${counted(recordings, 'recording')} ${would}`,
    ...(dueNow === 0 ? [] : [`  ${dueNow} with the next run of retention`]),
    ...(live === 0 ? [] : [`  ${live} live: when ended`]),
    ...(held === 0 ? [] : [`  ${held} under legal hold: when it is released`]),
    ...(alreadyDeleting === 0 ? [] : [`  ${alreadyDeleting} more being deleted already`]),
    ...(recordingOn ? [`  recording ${isDryRun ? 'would be' : 'is'} switched off`] : []),
    ...(hasName ? [`  the display name ${isDryRun ? 'would be' : 'is'} cleared`] : []),
    ...(isDryRun ? [`nothing is changed: confirm with --confirm ${recordings}`] : []),
  ].join('\n')
}
