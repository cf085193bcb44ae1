import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { checkKnown } from '../known-subject.ts'
import { allPages } from '../pages.ts'
import { action, addCommand } from '../program.ts'
import { DECIDE, contradictionDocument, toldWords } from '../tier-words.ts'
import { withCatalog } from '../with-engines.ts'

export function addTiersCheck(tiers: Command): void {
  addCommand(
    tiers,
    'check',
    'Users whose account says another tier than the last row of their tier history, as after a write to the database that no command made: their tier is unknown, and nothing of theirs expires. Exits 1 when there is one.',
    'twinreel tiers check --org acme --json',
  )
    .option('--org <id>', 'of this organization alone')
    .action(
      action(async ({ place, output }, { org }: { org?: string }) =>
        withCatalog(place, async (catalog) => {
          const { tierContradictions } = await import('@twinreel/catalog/tier-contradictions')
          await checkKnown(catalog, place, { org })
          const found = allPages(
            ({ after, limit }: { after?: string; limit: number }) =>
              tierContradictions(catalog, { limit, ...(org === undefined ? {} : { orgId: org }), ...(after === undefined ? {} : { afterUserId: after }) }),
            ({ userId }) => userId,
          )
          const count = await output.list(found, {
            columns: [
              { head: 'user', cell: ({ userId }) => userId },
              { head: 'organization', cell: ({ orgId }) => orgId },
              { head: 'the account says', cell: ({ account }) => toldWords(account) },
              { head: 'the history says', cell: ({ history }) => toldWords(history) },
            ],
            json: ({ userId, orgId, ...told }) => ({ userId, orgId, ...contradictionDocument(told) }),
            empty: 'every account says what its tier history says',
          })
          if (count === 0) return EXIT.done
          await output.line(DECIDE)
          return EXIT.checkFailed
        }),
      ),
    )
}
