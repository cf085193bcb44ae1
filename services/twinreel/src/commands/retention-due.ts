import type { Command } from 'commander'
import { isoTime, orDash, size } from '../format.ts'
import { haltWords } from '../halt-document.ts'
import { time } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import type { Outlook } from '../retention-outlook.ts'
import { withCatalog } from '../with-engines.ts'

interface Options {
  org?: string
  owner?: string
  at?: number
}

export function addRetentionDue(retention: Command): void {
  addCommand(
    retention,
    'due',
    'For every recording that is not deleted yet: due now, due later and when, or staying; and why. First, where retention is halted.',
    'twinreel retention due --owner ada --at 2030-01-01T00:00:00Z',
  )
    .option('--org <id>', 'of this organization alone')
    .option('--owner <id>', 'of this user alone')
    .option('--at <time>', 'as it will be then, if nothing changes (default: now)', time)
    .action(
      action(async ({ place, output }, { org, owner, at }: Options) =>
        withCatalog(place, async (catalog) => {
          const { retentionOutlook } = await import('../retention-outlook.ts')
          const { listHalts } = await import('@twinreel/catalog/retention-halts')
          const nowMs = at ?? (await catalog.nowMs())
          const halts = (await listHalts(catalog.db, org === undefined ? {} : { orgId: org })).filter(({ confirmed }) => confirmed === null)
          for (const halt of halts) await output.line(haltWords(halt))
          const halted = new Set(halts.map(({ orgId }) => orgId))
          const isHalted = ({ orgId, verdict }: Outlook): boolean => verdict === 'due' && halted.has(orgId)
          const outlook = retentionOutlook(catalog, { nowMs, ...(org === undefined ? {} : { orgId: org }), ...(owner === undefined ? {} : { ownerId: owner }) })
          await output.list(outlook, {
            columns: [
              { head: 'recording', cell: ({ recordingId }) => recordingId },
              { head: 'owner', cell: ({ ownerId }) => ownerId },
              { head: 'tier', cell: ({ tier }) => orDash(tier) },
              { head: 'ended', cell: ({ endedAtMs }) => orDash(isoTime(endedAtMs)) },
              { head: 'size', cell: ({ sizeBytes }) => size(sizeBytes) },
              { head: 'verdict', cell: ({ verdict }) => verdict },
              { head: 'due', cell: ({ dueAtMs }) => orDash(isoTime(dueAtMs)) },
              { head: 'why', cell: (row) => (isHalted(row) ? `${row.why}, halted` : row.why) },
            ],
            json: ({ endedAtMs, dueAtMs, ...row }) => ({
              ...row,
              halted: isHalted({ endedAtMs, dueAtMs, ...row }),
              endedAt: isoTime(endedAtMs),
              dueAt: isoTime(dueAtMs),
            }),
            empty: 'no recording that could be deleted',
          })
          return 0
        }),
      ),
    )
}
