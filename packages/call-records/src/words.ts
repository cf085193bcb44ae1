import type { Finding, MissedEvent, WhyNot } from './finding.ts'

/** In a sentence's words why a call was not recorded as its record says it should have been, or why rightly not. */
export function whyText(why: WhyNot): string {
  switch (why.kind) {
    case 'ledger':
      return `the ledger says ${why.reason}`
    case 'kind-of-call':
      return `the record says ${why.callType}, which is not recorded`
    case 'call-type':
      return `the record says ${why.recordSays}, call.started said ${why.logSays ?? 'no call type'}`
    case 'settings-differ':
      return `the record says ${why.recordSays}, the ledger says ${why.ledgerSays}`
    case 'unknown-call':
      return 'the log knows no such call'
    case 'not-answered-in-log':
      return 'the log knows the call, but no answer'
    case 'not-in-call':
      return 'the log knows the call, but not this user in it: unnamed, or named by a user id or platform identity that the catalog lacks'
    case 'still-open':
      return 'the log has no end of the call'
    case 'unknown-user':
      return 'the catalog knows no such user'
    case 'no-user':
      return 'the record names no user'
    case 'not-answered':
      return 'the record says that this user did not answer'
    case 'ended-before-capture':
      return 'the call ended before its start announcement did'
    case 'mode-never':
      return 'the user was not to be recorded'
    case 'no-record':
      return 'no record of the call is in the file'
  }
}

/** What the platform did not say, or not rightly. */
export function eventText({ type, how }: MissedEvent): string {
  switch (how) {
    case 'missing':
      return type === 'media' ? 'media stopped coming, or never came' : `${type} never came`
    case 'late':
      return `${type} came late, or is dated late`
    case 'early':
      return `${type} came early, or is dated early`
    case 'incomplete':
      return `${type} does not name this user rightly`
  }
}

const REASONS: Readonly<Record<Finding['gaps'][number]['reason'] | Finding['onPurpose'][number]['reason'] | Finding['excesses'][number]['reason'], string>> = {
  lost: 'lost',
  'no-media': 'no media',
  'late-answer': 'before the log’s answer',
  'late-join': 'before the user came in, by the log',
  'idle-end': 'after the call fell silent',
  'early-end': 'after the log’s end',
  'early-leave': 'after the user left, by the log',
  'log-lost': 'the log lost it',
  'still-open': 'not captured yet: the call has no end',
  'missing-segment': 'in no segment',
  'not-recorded': 'not recorded',
  paused: 'paused',
  announcement: 'start announcement',
  'before-start': 'before the user started',
  stopped: 'after the user stopped',
  'before-answer': 'captured before the record’s answer',
  'after-release': 'captured after the record’s release',
  'not-in-call': 'captured without an answer',
}

/** Why an interval is missing, or is there. */
export function reasonText(reason: keyof typeof REASONS): string {
  return REASONS[reason]
}
