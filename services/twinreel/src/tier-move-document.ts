import type { OrgTierMove, TierMovePlan } from '@twinreel/catalog/accounts/tier-moves'
import { counted, isoTime } from './format.ts'

type Changes = readonly { orgId: string; changeId: string }[]

/** `changes` is `null` for a dry run. */
export function tierMoveDocument(plan: TierMovePlan, changes: Changes | null): Record<string, unknown> {
  const { tier, organizations, total, refused } = plan
  return {
    tier,
    dryRun: changes === null,
    organizations: organizations.map(({ orgId, ...effects }) => ({
      orgId,
      ...effectsDocument(effects),
      changeId: changes?.find((change) => change.orgId === orgId)?.changeId ?? null,
    })),
    total: effectsDocument(total),
    refused,
  }
}

function effectsDocument({ firstDueAtMs, lastDueAtMs, ...counts }: TierMovePlan['total']): Record<string, unknown> {
  return { ...counts, firstDueAt: isoTime(firstDueAtMs), lastDueAt: isoTime(lastDueAtMs) }
}

/** Of those left out people are shown so many. */
const MOST_SHOWN = 20

/** The same for people. */
export function tierMoveText({ tier, organizations, total, refused }: TierMovePlan, changes: Changes | null): string {
  const [move, become] = changes === null ? ['would move', 'would become'] : ['moved', 'become']
  return [
    ...organizations.flatMap((org) => orgLines(org, { tier, move, become })),
    ...refused.slice(0, MOST_SHOWN).map(({ userId, why }) => `left out: ${userId} ${why === 'unknown-user' ? 'is unknown' : 'has no recording account'}`),
    ...(refused.length > MOST_SHOWN ? [`left out: ${refused.length - MOST_SHOWN} more; --json names all`] : []),
    ...(changes === null ? [lastLine(tier, total)] : []),
  ].join('\n')
}

function orgLines(org: OrgTierMove, { tier, move, become }: { tier: string; move: string; become: string }): string[] {
  const { orgId, users, unchanged, becomeDue, saved, held } = org
  return [
    `${orgId}: ${counted(users, 'user')} ${move} to ${tier}${unchanged === 0 ? '' : `, ${unchanged} ${unchanged === 1 ? 'has' : 'have'} it already`}`,
    ...(becomeDue === 0 ? [] : [`  ${counted(becomeDue, 'recording')} ${become} due ${when(org)}`]),
    ...(held === 0 ? [] : [`  ${counted(held, 'recording')} under legal hold: due only after its release`]),
    ...(saved === 0 ? [] : [`  ${counted(saved, 'recording')} saved from deletion`]),
  ]
}

function lastLine(tier: string, total: TierMovePlan['total']): string {
  if (total.users === 0) return 'nobody would change tier'
  if (tier !== 'go') return 'nothing is changed: without --dry-run it is done'
  const { becomeDue } = total
  if (becomeDue === 0) return 'nothing is changed: no recording becomes due; confirm with --confirm 0'
  const these = becomeDue === 1 ? 'this recording becomes' : `these ${becomeDue} recordings become`
  return `nothing is changed: ${these} due ${when(total)}; confirm with --confirm ${becomeDue}`
}

function when({ firstDueAtMs, lastDueAtMs }: Pick<OrgTierMove, 'firstDueAtMs' | 'lastDueAtMs'>): string {
  if (firstDueAtMs === null || lastDueAtMs === null) return ''
  return firstDueAtMs === lastDueAtMs ? `on ${isoTime(firstDueAtMs)}` : `from ${isoTime(firstDueAtMs)} to ${isoTime(lastDueAtMs)}`
}
