import type { Command } from 'commander'
import { isoTime, orDash } from '../format.ts'
import { haltDocument, haltWords } from '../halt-document.ts'
import { action, addCommand } from '../program.ts'
import { checkKnown } from '../known-subject.ts'
import { withCatalog } from '../with-engines.ts'

export function addRetentionHalts(retention: Command): void {
  addCommand(
    retention,
    'halts',
    'Organizations of which nothing is deleted, because unusually much would be and nothing explains it; and what to do about each.',
    'twinreel retention halts --all',
  )
    .option('--org <id>', 'of this organization alone')
    .option('--all', 'also those that are lifted')
    .action(
      action(async ({ place, output }, { org, all }: { org?: string; all?: boolean }) =>
        withCatalog(place, async (catalog) => {
          await checkKnown(catalog, place, { org })
          const { listHalts } = await import('@twinreel/catalog/retention-halts')
          const halts = await listHalts(catalog.db, { ...(org === undefined ? {} : { orgId: org }), all: all === true })
          await output.list(halts, {
            columns: [
              { head: 'organization', cell: ({ orgId }) => orgId },
              { head: 'halted', cell: ({ haltedAtMs }) => isoTime(haltedAtMs) },
              { head: 'would go', cell: ({ dueCount }) => dueCount },
              { head: 'of', cell: ({ totalCount }) => totalCount },
              { head: 'confirmed', cell: ({ confirmed }) => orDash(confirmed?.count ?? null) },
              { head: 'by', cell: ({ confirmed }) => orDash(confirmed?.by ?? null) },
              { head: 'why', cell: ({ confirmed }) => orDash(confirmed?.reason ?? null) },
              { head: 'lifted', cell: ({ liftedAtMs }) => orDash(isoTime(liftedAtMs)) },
            ],
            json: haltDocument,
            empty: all === true ? 'retention was never halted for an organization' : 'retention is halted for no organization',
          })
          for (const halt of halts) if (halt.liftedAtMs === null) await output.line(haltWords(halt))
          return 0
        }),
      ),
    )
}
