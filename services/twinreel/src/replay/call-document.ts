import type { Comparison } from '@twinreel/replay/compare/replay'
import { toldEvent } from '@twinreel/replay/compare/partings'
import { toldComparison } from '@twinreel/replay/compare/replay'
import { writeCallTime } from '@twinreel/contracts/call-time'

/** What follows from the first difference differs too; so many tell enough. */
const MOST_TOLD = 50

export interface CallDocument {
  file: string
  callId: string
  same: boolean
  /** Where the two first part, in words. */
  first: string | null
  events: number
  results: number
  partings: Comparison['partings']
  outcome: Comparison['outcome']
}

export function callDocument(file: string, callId: string, comparison: Comparison): CallDocument {
  const { same, partings, outcome } = comparison
  return {
    file,
    callId,
    same,
    first: toldComparison(comparison),
    events: partings.length,
    results: outcome.length,
    partings: partings.slice(0, MOST_TOLD),
    outcome: outcome.slice(0, MOST_TOLD),
  }
}

/** One line for people: the file, and where the call parts. */
export function callLine(document: CallDocument): string {
  return `${document.file}: ${document.first ?? 'the same'}${further(document)}`
}

/** The same of two versions: `call 17, 00:42.310: pause accepted before, rejected now`. */
export function versionLine(number: number, document: CallDocument): string {
  const [parting] = document.partings
  const what = parting === undefined ? document.first : `${parting.atMs === null ? 'before the answer' : writeCallTime(parting.atMs)}: ${toldEvent(parting)}`
  return `call ${number}, ${what ?? 'the same'}${further(document)} (${document.file})`
}

function further({ events, results }: CallDocument): string {
  const more = [
    ...(events > 1 ? [`${events - 1} later event${events > 2 ? 's' : ''}`] : []),
    ...(results > 0 && events > 0 ? [`${results} of ledger, manifests and objects`] : []),
  ]
  return more.length === 0 ? '' : `; then also ${more.join(' and ')}`
}
