import type { Catalog } from '@twinreel/catalog/open'
import type { Command } from 'commander'
import { isoTime, orDash, size } from '../format.ts'
import { haltWords } from '../halt-document.ts'
import { dateOrTime } from '../option-values.ts'
import type { OutlookSummary } from '../outlook-summary.ts'
import type { Column } from '../output.ts'
import { action, addCommand } from '../program.ts'
import type { Outlook } from '../retention-outlook.ts'
import { checkKnown } from '../known-subject.ts'
import { standingHaltOf } from '../standing-halt-of.ts'
import { withCatalog } from '../with-engines.ts'
import { zoneTime } from '../zone-time.ts'

interface Options {
  org?: string
  owner?: string
  at?: number
  all?: boolean
  summary?: boolean
}

export function addRetentionDue(retention: Command): void {
  addCommand(
    retention,
    'due',
    'What will be gone by a date, when and why, if nothing changes until then; nothing is deleted. First, where retention is halted and whose tier is unknown; for people also a summary of each organization.',
    'twinreel retention due --at 2030-01-01',
  )
    .option('--at <date>', 'gone by then; of a date alone its beginning, UTC (default: now)', dateOrTime)
    .option('--org <id>', 'of this organization alone')
    .option('--owner <id>', 'of this user alone')
    .option('--all', 'also what is due later, and what stays and why')
    .option('--summary', 'the organizations alone, also with --json')
    .action(
      action(async ({ place, output }, { org, owner, at, all = false, summary = false }: Options) =>
        withCatalog(place, async (catalog) => {
          await checkKnown(catalog, place, { org, owner })
          const { retentionOutlook } = await import('../retention-outlook.ts')
          const { outlookSummaries } = await import('../outlook-summary.ts')
          const { timeZones } = await import('@twinreel/catalog/accounts/organizations')
          const zones = await timeZones(catalog)
          const atMs = at ?? (await catalog.nowMs())
          const summaries = outlookSummaries()
          const { listHalts } = await import('@twinreel/catalog/retention-halts')
          const halts = (await listHalts(catalog.db, org === undefined ? {} : { orgId: org })).filter(({ confirmed }) => confirmed === null)
          const { standing, unseen } = await standingHaltOf(place, catalog)
          // With --json too: rows alone would say that they go.
          if (standing !== null) output.note(`retention is halted: nothing at all is deleted. ${standing.why}`)
          if (unseen !== null) output.note(`whether retention is halted could not be looked at: ${unseen}`)
          for (const halt of halts) await output.line(haltWords(halt))
          for (const words of await unknownTiers(catalog, org)) await output.line(words)
          const halted = new Set(halts.map(({ orgId }) => orgId))
          const isHalted = ({ orgId, verdict }: Pick<Outlook, 'orgId' | 'verdict'>): boolean => verdict === 'due' && (standing !== null || halted.has(orgId))
          const outlook = retentionOutlook(catalog, {
            atMs,
            all,
            ...(org === undefined ? {} : { orgId: org }),
            ...(owner === undefined ? {} : { ownerId: owner }),
          })
          const empty = all ? 'no recording that could be deleted' : `nothing goes by ${isoTime(atMs)} as things are`
          if (summary) for await (const row of outlook) summaries.add(row)
          else {
            const listed = tallied(outlook, summaries.add)
            await output.list(listed, {
              columns: columnsOf(zones, isHalted),
              json: ({ endedAtMs, dueAtMs, ...row }) => ({ ...row, halted: isHalted(row), endedAt: isoTime(endedAtMs), dueAt: isoTime(dueAtMs) }),
              empty,
            })
            if (output.isJson || summaries.all().length === 0) return 0
            await output.line(`By organization, as it will be at ${isoTime(atMs)} if nothing changes:`)
          }
          await output.list(summaries.all(), {
            columns: summaryColumns(zones, all),
            json: ({ firstDueAtMs, lastDueAtMs, ...row }) => ({
              ...row,
              timeZone: zones.get(row.orgId) ?? 'UTC',
              firstDueAt: isoTime(firstDueAtMs),
              lastDueAt: isoTime(lastDueAtMs),
            }),
            empty,
          })
          return 0
        }),
      ),
    )
}

/** A line or more for each organization with users whose tier is unknown. */
async function unknownTiers(catalog: Catalog, orgId: string | undefined): Promise<string[]> {
  const { tierContradictions, tierContradictionsByOrg } = await import('@twinreel/catalog/tier-contradictions')
  const { unknownTierWords } = await import('../tier-words.ts')
  const words: string[] = []
  for (const { firstUserId, ...org } of await tierContradictionsByOrg(catalog, orgId === undefined ? {} : { orgId })) {
    const [first] = await tierContradictions(catalog, { userId: firstUserId, limit: 1 })
    if (first !== undefined) words.push(unknownTierWords({ ...org, first }))
  }
  return words
}

async function* tallied(rows: AsyncIterable<Outlook>, add: (row: Outlook) => void): AsyncGenerator<Outlook> {
  for await (const row of rows) {
    add(row)
    yield row
  }
}

type Zones = ReadonlyMap<string, string>

function columnsOf(zones: Zones, isHalted: (row: Outlook) => boolean): Column<Outlook>[] {
  return [
    { head: 'recording', cell: ({ recordingId }) => recordingId },
    { head: 'organization', cell: ({ orgId }) => orgId },
    { head: 'owner', cell: ({ ownerId }) => ownerId },
    { head: 'tier', cell: ({ tier }) => orDash(tier) },
    { head: 'size', cell: ({ sizeBytes }) => size(sizeBytes) },
    { head: 'verdict', cell: ({ verdict }) => verdict },
    { head: 'due', cell: ({ dueAtMs }) => orDash(isoTime(dueAtMs)) },
    { head: 'by its own clocks', cell: ({ dueAtMs, orgId }) => (dueAtMs === null ? '–' : zoneTime(dueAtMs, zones.get(orgId) ?? 'UTC')) },
    { head: 'why', cell: (row) => (isHalted(row) ? `${row.why}, halted` : row.detail === null ? row.why : `${row.why}: ${row.detail}`) },
  ]
}

function summaryColumns(zones: Zones, all: boolean): Column<OutlookSummary>[] {
  const there = (orgId: string, timeMs: number | null): string => (timeMs === null ? '–' : zoneTime(timeMs, zones.get(orgId) ?? 'UTC'))
  return [
    { head: 'organization', cell: ({ orgId }) => orgId },
    { head: 'goes', cell: ({ goes }) => goes },
    { head: 'size', cell: ({ sizeBytes }) => size(sizeBytes) },
    {
      head: 'why',
      cell: ({ why }) =>
        orDash(
          Object.entries(why)
            .map(([reason, count]) => `${reason} ${count}`)
            .join(', ') || null,
        ),
    },
    { head: 'first', cell: ({ orgId, firstDueAtMs }) => there(orgId, firstDueAtMs) },
    { head: 'last', cell: ({ orgId, lastDueAtMs }) => there(orgId, lastDueAtMs) },
    ...(all
      ? [
          { head: 'due later', cell: ({ dueLater }: OutlookSummary) => dueLater },
          { head: 'stays', cell: ({ stays }: OutlookSummary) => stays },
        ]
      : []),
    { head: 'time zone', cell: ({ orgId }) => zones.get(orgId) ?? 'UTC' },
  ]
}
