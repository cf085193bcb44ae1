import type { TierContradiction } from '@twinreel/catalog/tier-contradictions'
import { counted, isoTime } from './format.ts'

type Told = Pick<TierContradiction, 'account' | 'history'>

/** What an account says of a tier, or its history; `null`: nothing. */
export function toldWords(told: Told['history']): string {
  return told === null ? 'nothing' : `${told.tier} since ${isoTime(told.sinceMs)}${told.changeId === null ? '' : ` by change ${told.changeId}`}`
}

export function contradictionWords({ account, history }: Told): string {
  return `the account says ${toldWords(account)}, its tier history ${toldWords(history)}`
}

export function contradictionDocument({ account, history }: Told) {
  const document = (told: Told['history']) => (told === null ? null : { tier: told.tier, since: isoTime(told.sinceMs), changeId: told.changeId })
  return { account: document(account), history: document(history) }
}

/** What is the matter in an organization, and where to look. */
export function unknownTierWords({ orgId, users, first }: { orgId: string; users: number; first: TierContradiction }): string {
  return [
    `the tier of ${counted(users, 'user')} of organization ${orgId} is unknown: accounts and tier histories say different things, so something was written past the commands.`,
    `  Nothing of theirs expires. First ${first.userId}: ${contradictionWords(first)}.`,
    `  \`twinreel tiers check --org ${orgId}\` names them all; \`twinreel tiers move\` decides each anew`,
  ].join('\n')
}

/** How to decide it. */
export const DECIDE = [
  'Nothing of theirs expires until somebody decides it: find out who wrote to the database, then move each to the tier that is right, also to the one that the history says:',
  '  twinreel tiers move --tier standard --user ID … --reason "as it was before somebody wrote to the database"',
  'A move to Go begins its 720 hours anew.',
].join('\n')
