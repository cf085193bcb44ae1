import type { ConformityReport } from '@twinreel/conform/conform'

/** A report for people: each finding with what it leads to, how to mend it and where it was. */
export function conformityText({ messages, calls, repeats, findings }: ConformityReport): string {
  const blocks = findings.map(({ code, severity, what, leadsTo, fix, see, count, calls: inCalls, examples }) =>
    [
      `${severity}: ${code}, ${times(count, 'time')} in ${times(inCalls, 'call')}`,
      `  ${what}`,
      `  leads to: ${leadsTo}`,
      `  fix:      ${fix} (${see})`,
      ...examples.map(
        ({ callId, eventId, position, detail }) =>
          `  ${position}: ${callId === null ? 'no call' : `call ${callId}`}${eventId === null ? '' : `, event ${eventId}`}: ${detail}`,
      ),
      ...(inCalls > examples.length ? [`  and ${times(inCalls - examples.length, 'more call')}`] : []),
    ].join('\n'),
  )
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const verdict = findings.length === 0 ? 'nothing to mend' : `${times(errors, 'kind')} of errors, ${findings.length - errors} of warnings`
  return [...blocks, `${times(messages, 'message')} of ${times(calls, 'call')}, ${times(repeats, 'repeat')}: ${verdict}`].join('\n\n')
}

function times(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
