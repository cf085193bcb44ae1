import type { RetentionHalt } from '@twinreel/catalog/retention-halts'
import { isoTime } from './format.ts'

export function haltDocument({ haltedAtMs, liftedAtMs, confirmed, ...halt }: RetentionHalt) {
  return {
    ...halt,
    haltedAt: isoTime(haltedAtMs),
    confirmed: confirmed === null ? null : { count: confirmed.count, at: isoTime(confirmed.atMs), actor: confirmed.by, reason: confirmed.reason },
    liftedAt: isoTime(liftedAtMs),
  }
}

/** What a halt says to people: what is the matter, and what to do. */
export function haltWords({ orgId, dueCount, totalCount, confirmed }: RetentionHalt): string {
  if (confirmed !== null) return `retention of organization ${orgId} may delete ${confirmed.count} recordings, as was confirmed`
  return [
    `retention is halted for organization ${orgId}: ${dueCount} of ${totalCount} recordings would be deleted, and nothing explains it.`,
    `  Nothing of it is deleted. Look at \`twinreel retention due --org ${orgId}\`. If somebody moved users by mistake, move them back;`,
    `  if it is meant: \`twinreel retention confirm --org ${orgId} --count ${dueCount} --reason "…"\``,
  ].join('\n')
}
