import type { Capture, OutcomeRecording } from '@twinreel/replay/capture/capture'
import type { CallResult, OwnerResult, Span } from '@twinreel/scenarios/result'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { Cast } from './cast.ts'

/** Where a played scenario and the capture part: outcomes, and what was captured, paused, held and lost, to the millisecond. Empty when it is the same. */
export function outcomePartings({ decided }: Pick<Capture, 'decided'>, cast: Pick<Cast, 'nameOfOwner'>, { owners }: Pick<CallResult, 'owners'>): string[] {
  const told = new Set(decided.ledger.map(({ ownerId }) => cast.nameOfOwner(ownerId)))
  return [
    ...decided.ledger.flatMap(({ ownerId, outcome, reason }) => {
      const name = cast.nameOfOwner(ownerId)
      const owner = owners.find((one) => one.owner === name)
      if (name === null || owner === undefined) return [`${name ?? 'somebody'} is no owner here and was ${outcome} then`]
      const [then, now] = [inWords(outcome, reason), inWords(owner.outcome, owner.reason)]
      return [
        ...(then === now ? [] : [`${name}: ${then} then, ${now} here`]),
        ...recordingPartings(
          name,
          decided.recordings.filter((one) => one.ownerId === ownerId),
          owner,
        ),
      ]
    }),
    ...owners
      .filter(({ owner, outcome }) => outcome !== 'nothing' && !told.has(owner))
      .map(({ owner, outcome }) => `${owner} is ${outcome} here and was no owner then`),
  ]
}

const CHANNELS = ['near', 'far'] as const
interface Lost {
  channel: string
  fromMs: number
  toMs: number
}

function lostOn(all: readonly Lost[], channel: string): Span[] {
  return all.filter((one) => one.channel === channel).map(({ fromMs, toMs }): Span => [fromMs, toMs])
}

function recordingPartings(name: string, then: readonly OutcomeRecording[], { recordings }: OwnerResult): string[] {
  if (then.length !== recordings.length) return [`${name}: ${then.length} recordings then, ${recordings.length} here`]
  return then.flatMap(({ ordinal, manifest, capturedMs }) => {
    const now = recordings.find((one) => one.ordinal === ordinal)
    if (manifest === null) {
      const total = (now?.captured ?? []).reduce((sum, [from, to]) => sum + to - from, 0)
      return total === capturedMs ? [] : [`${name}: ${capturedMs} ms captured then, ${total} ms here`]
    }
    const document = manifest.document as { captured?: Span[]; paused?: Span[]; held?: Span[]; lost?: Lost[] }
    const lost = [document.lost ?? [], now?.lost ?? []].map((all) => CHANNELS.map((channel) => `${channel} ${spans(lostOn(all, channel))}`).join(', '))
    const lostPartings = lost[0] === lost[1] ? [] : [`${name}: lost ${lost[0]} then, ${lost[1]} here`]
    const statePartings = (['captured', 'paused', 'held'] as const).flatMap((state) => {
      const [before, after] = [spans(document[state] ?? []), spans(now?.[state] ?? [])]
      return before === after ? [] : [`${name}: ${state} ${before} then, ${after} here`]
    })
    return [...statePartings, ...lostPartings]
  })
}

function inWords(outcome: string, reason: string | null): string {
  return reason === null ? outcome : `${outcome}, ${reason}`
}

function spans(all: readonly Span[]): string {
  return all.length === 0 ? 'never' : all.map(([from, to]) => `${writeCallTime(from)} to ${writeCallTime(to)}`).join(', ')
}
