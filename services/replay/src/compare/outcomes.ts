import { BEING_DELETED, type Outcome, type OutcomeManifest, type OutcomeRecording } from '../capture/capture.ts'
import { firstDifference, shown } from './differing.ts'
import type { Sides } from './partings.ts'

export interface OutcomeDifference {
  /** Ledger row, recording, object or manifest: which. */
  where: string
  what: string
}

export interface OutcomeOptions {
  sides: Sides
  /** What `was` may lack without being different: a call that goes on is stored as far as it was, and what was deleted is gone. */
  isPartly: boolean
}

/** Ledger rows, recordings, manifests and objects that are not the same, byte for byte. */
export function outcomeDifferences(was: Outcome, is: Outcome, options: OutcomeOptions): OutcomeDifference[] {
  return [...ledgerDifferences(was, is, options), ...recordingDifferences(was, is, options)]
}

function ledgerDifferences(was: Outcome, is: Outcome, { sides, isPartly }: OutcomeOptions): OutcomeDifference[] {
  const owners = [...new Set([...was.ledger, ...is.ledger].map(({ ownerId }) => ownerId))]
  return owners.flatMap((ownerId): OutcomeDifference[] => {
    const of = ({ ledger }: Outcome) => ledger.find((entry) => entry.ownerId === ownerId)
    const [one, other] = [of(was), of(is)]
    if (isPartly && one === undefined) return []
    return different(`ledger of ${ownerId}`, one, other, sides)
  })
}

function recordingDifferences(was: Outcome, is: Outcome, options: OutcomeOptions): OutcomeDifference[] {
  const ids = [...new Set([...was.recordings, ...is.recordings].map(({ recordingId }) => recordingId))]
  return ids.flatMap((recordingId): OutcomeDifference[] => {
    const of = ({ recordings }: Outcome) => recordings.find((recording) => recording.recordingId === recordingId)
    const [one, other] = [of(was), of(is)]
    const { ownerId, ordinal } = one ?? other ?? { ownerId: '', ordinal: 0 }
    const where = `recording ${ordinal} of ${ownerId}`
    if (one === undefined || other === undefined) {
      if (options.isPartly && one === undefined) return []
      return [{ where, what: one === undefined ? `none ${options.sides.was}, one ${options.sides.is}` : `one ${options.sides.was}, none ${options.sides.is}` }]
    }
    return oneRecording(where, one, other, options)
  })
}

function oneRecording(where: string, was: OutcomeRecording, is: OutcomeRecording, { sides, isPartly }: OutcomeOptions): OutcomeDifference[] {
  const isDeleted = was.status === 'purged' || was.status === BEING_DELETED
  const isGoingOn = isPartly && was.endReason === null
  const facts = ({ objects: _, manifest: __, status, ...rest }: OutcomeRecording) => (isDeleted ? rest : { ...rest, status })
  const found = isGoingOn ? [] : different(where, facts(was), facts(is), sides)
  const indexes = [...new Set([...was.objects, ...is.objects].map(({ index }) => index))].toSorted((a, b) => a - b)
  for (const index of indexes) {
    const of = ({ objects }: OutcomeRecording) => objects.find((object) => object.index === index)
    const [one, other] = [of(was), of(is)]
    if (one === undefined && (isDeleted || isGoingOn)) continue
    found.push(...different(`${where}, segment ${index}`, one, other, sides))
  }
  if (was.manifest === null && (isDeleted || isGoingOn)) return found
  return [...found, ...manifestDifferences(`${where}, manifest`, was.manifest, is.manifest, sides)]
}

function manifestDifferences(where: string, was: OutcomeManifest | null, is: OutcomeManifest | null, sides: Sides): OutcomeDifference[] {
  if (was === null || is === null)
    return was === is ? [] : [{ where, what: was === null ? `none ${sides.was}, one ${sides.is}` : `one ${sides.was}, none ${sides.is}` }]
  if (was.signedSha256 === is.signedSha256 && was.key === is.key) return []
  const named = different(where, was.document, is.document, sides)
  return named.length > 0 ? named : [{ where, what: 'the same facts in other bytes' }]
}

function different(where: string, was: unknown, is: unknown, { was: wasWord, is: isWord }: Sides): OutcomeDifference[] {
  const found = firstDifference(was, is)
  if (found === null) return []
  return [{ where, what: `${found.path === '' ? '' : `${found.path}: `}${shown(found.a)} ${wasWord}, ${shown(found.b)} ${isWord}` }]
}
