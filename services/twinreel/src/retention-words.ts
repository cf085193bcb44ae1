import type { LifeEvent } from '@twinreel/catalog/retention-life'
import type { RetentionVerdict } from '@twinreel/recording/retention'
import type { VerdictThen } from '@twinreel/recording/retention-history'
import { isoTime } from './format.ts'

const RULES: Readonly<Record<RetentionVerdict['why'] | 'deleting', string>> = {
  'go-tier-expired': 'Go: 720 hours after the later of its end and the change to Go',
  'not-kept': 'nobody kept it: at its end',
  'deletion-requested': 'somebody asked for its deletion',
  live: 'it has not ended',
  'legal-hold': 'a legal hold keeps it',
  'paid-tier': 'a paid tier keeps it',
  'unknown-tier': 'its owner’s tier is unknown, which keeps it',
  'unknown-owner': 'its owner is unknown, which keeps it',
  deleting: 'claimed for deletion: nothing keeps it any more',
}

/** The rule behind a verdict, for people. */
export function ruleOf(verdict: VerdictThen): string {
  return RULES[verdict.kind === 'deleting' ? 'deleting' : verdict.why]
}

/** What happened, for people. */
export function wordsOf(event: LifeEvent): string {
  switch (event.kind) {
    case 'tier':
      return `owner’s tier: ${event.tier}`
    case 'started':
      return 'started'
    case 'ended':
      return event.notKept ? 'ended, and nobody kept it' : 'ended'
    case 'hold-placed':
    case 'hold-released':
      return `legal hold on the ${event.subject ?? 'recording'} ${event.kind === 'hold-placed' ? 'placed' : 'released'}${(event.matter ?? '') === '' ? '' : ` (${event.matter})`}`
    case 'deletion-requested':
      return `deletion asked for (${event.deletionKind ?? 'unknown'}), to go at ${isoTime(event.dueAtMs)}`
    case 'deletion-restored':
      return 'deletion taken back'
    case 'claimed':
      return 'claimed for deletion'
    case 'purged':
      return 'purged: nothing of it was left in the store'
    case 'certified':
      return `deletion certified, number ${event.sequence ?? '–'}`
  }
}
