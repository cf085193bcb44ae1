import type { Command } from 'commander'
import type { HoldFilter, LegalHold } from '@twinreel/catalog/legal-holds'
import { isoTime, orDash } from '../format.ts'
import { checkKnown } from '../known-subject.ts'
import { allPages } from '../pages.ts'
import { action, addCommand } from '../program.ts'
import { withCatalog } from '../with-engines.ts'

export function addHoldsList(holds: Command): void {
  addCommand(holds, 'list', 'Legal holds in force, in the order they were placed.', 'twinreel holds list --org acme --all --json')
    .option('--org <id>', 'of this organization alone')
    .option('--matter <name>', 'of this matter alone')
    .option('--all', 'released ones too')
    .action(
      action(async ({ place, output }, { org, matter, all }: { org?: string; matter?: string; all?: true }) =>
        withCatalog(place, async (catalog) => {
          const { findHolds } = await import('@twinreel/catalog/legal-holds')
          await checkKnown(catalog, place, { org })
          const filter = { all: all === true, ...(org === undefined ? {} : { orgId: org }), ...(matter === undefined ? {} : { matter }) }
          const found = allPages(
            (page: Pick<HoldFilter, 'after' | 'limit'>) => findHolds(catalog, { ...filter, ...page }),
            ({ placedAtMs, holdId }) => ({ placedAtMs, holdId }),
          )
          await output.list(found, {
            columns: [
              { head: 'hold', cell: ({ holdId }) => holdId },
              { head: 'organization', cell: ({ orgId }) => orgId },
              { head: 'keeps', cell: ({ subject, subjectId }) => `${subject} ${subjectId}` },
              { head: 'matter', cell: (hold) => orDash(hold.matter) },
              { head: 'placed', cell: ({ placedAtMs }) => isoTime(placedAtMs) },
              { head: 'by', cell: ({ actor }) => actor },
              { head: 'reason', cell: ({ reason }) => reason },
              ...(all === true ? [{ head: 'released', cell: ({ releasedAtMs }: LegalHold) => orDash(isoTime(releasedAtMs)) }] : []),
            ],
            json: ({ placedAtMs, releasedAtMs, ...hold }) => ({ ...hold, placedAt: isoTime(placedAtMs), releasedAt: isoTime(releasedAtMs) }),
            empty: 'no legal hold',
          })
          return 0
        }),
      ),
    )
}
