import type { Command } from 'commander'
import type { Tier } from '@twinreel/recording/retention'
import type { TierMove } from '@twinreel/catalog/accounts/tier-moves'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { oneOf, wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { tierMoveDocument, tierMoveText } from '../tier-move-document.ts'
import { withAcknowledged, withCatalog } from '../with-engines.ts'

interface Options extends BecauseOptions {
  tier: Tier
  user?: string[]
  users?: string
  org?: string
  confirm?: number
  dryRun?: true
}

export function addTiersMove(tiers: Command): void {
  const move = addCommand(
    tiers,
    'move',
    'Move users to a tier: those named, those of a list, or everybody of an organization. To Go it is a dry run until the number of recordings that become due is confirmed; exits 1 and changes nothing when it is another number by then. Exits 1 too when some of those named could not be moved.',
    'twinreel tiers move --tier go --org acme --reason "contract ended" --confirm 412',
  )
    .addOption(oneOf('--tier <tier>', 'go expires after 30 days, the others stay', ['go', 'standard', 'ai']).makeOptionMandatory())
    .option('--user <ids...>', 'these users')
    .option('--users <file>', 'the users of a file, one id a line')
    .option('--org <id>', 'everybody of this organization who has a recording account')
    .option('--confirm <count>', 'so many recordings may become due', wholeNumber(0))
    .option('--dry-run', 'say what would happen and change nothing')
  addReasonOptions(move).action(
    action(async ({ configuration, place, output }, options: Options) => {
      const { moveTiers, planTierMove } = await import('@twinreel/catalog/accounts/tier-moves')
      const isDryRun = checkMode(options)
      const asked: TierMove = { tier: options.tier, users: await usersOf(options) }
      if (isDryRun) {
        const plan = await withCatalog(place, (catalog) => planTierMove(catalog, asked))
        await output.document(tierMoveDocument(plan, null), tierMoveText(plan, null))
        return EXIT.done
      }
      return withAcknowledged(configuration, {
        work: (catalog) => moveTiers(catalog, { ...asked, ...becauseOf(options), confirm: options.confirm ?? null }),
        async tell(moved) {
          await output.document(tierMoveDocument(moved, moved.changes), tierMoveText(moved, moved.changes))
          return moved.refused.length === 0 ? EXIT.done : EXIT.checkFailed
        },
      })
    }),
  )
}

/** Whether it is a dry run. */
function checkMode({ tier, confirm, dryRun }: Options): boolean {
  if (confirm !== undefined && dryRun === true) throw usageError('--confirm does it, --dry-run only says what it would do', 'take one of them away')
  if (tier !== 'go' && confirm !== undefined) throw usageError(`a move to ${tier} makes nothing due, so there is no number to confirm`, 'leave --confirm away')
  return dryRun === true || (tier === 'go' && confirm === undefined)
}

async function usersOf({ user, users, org }: Options): Promise<TierMove['users']> {
  if ([user, users, org].filter((given) => given !== undefined).length !== 1)
    throw usageError('who is to move is not clear', 'give one of --user ID …, --users FILE and --org ORG')
  if (org !== undefined) return { orgId: org }
  if (user !== undefined) return { userIds: user }
  const { readUserList } = await import('../user-list.ts')
  return { userIds: readUserList(users ?? '') }
}
