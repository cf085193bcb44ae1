import type { Capture, Decided, DecidedEvent, Decision, RecordedCommand } from '../capture/capture.ts'
import { refusalOf, refusedDecision } from '../fold/decisions.ts'
import { firstDifference } from './differing.ts'
import { partingAt, type Parting, type Sides } from './partings.ts'

interface Placed {
  event: DecidedEvent
  decision: Decision
}

/**
 * Commands that were sent then, and messages that became dead letters, against what is decided now. A command that nobody sent then, though the version that wrote the
 * capture decides it too, is no change: a recorder that was down for a while leaves out what its successor no longer owes.
 */
export function partingsWithRecorded({ header, messages, recorded, decided }: Capture, now: Decided, sides: Sides): Parting[] {
  if (recorded === null) return []
  const [nowById, decidedById] = [commandsOf(now), commandsOf(decided)]
  const sent = new Map(recorded.commands.map((command) => [command.id, command]))
  const partings: Parting[] = []
  for (const command of recorded.commands) {
    const was = decisionOf(command)
    const current = nowById.get(command.id)
    if (current !== undefined && firstDifference(was, current.decision) === null) continue
    const event = current?.event ?? decidedById.get(command.id)?.event ?? UNKNOWN
    partings.push(...parting(event, [was], current === undefined ? [] : [current.decision], sides))
  }
  const lastSent = recorded.commands.at(-1)
  for (const [id, { event, decision }] of header.isOver || lastSent !== undefined ? nowById : []) {
    if (sent.has(id) || firstDifference(decision, decidedById.get(id)?.decision) === null) continue
    partings.push(...parting(event, [], [decision], sides))
  }
  const refusedThen = new Map(recorded.refused.map(({ offset, reason }) => [offset, refusalOf(reason)]))
  messages.forEach(({ offset }, index) => {
    const event = now.events.find((one) => one.offset === offset)
    const is = event?.decisions.filter(({ kind }) => kind === 'refused') ?? []
    const reason = refusedThen.get(offset)
    const was = reason === undefined ? [] : [refusedDecision(reason)]
    partings.push(...parting(event ?? { ...UNKNOWN, number: index + 1, offset }, was, is, sides))
  })
  return partings.toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0))
}

const UNKNOWN = { number: 0, offset: -1, type: 'event', atMs: null }

function parting(event: Omit<DecidedEvent, 'decisions'>, was: readonly Decision[], is: readonly Decision[], sides: Sides): Parting[] {
  const found = partingAt(event, was, is, sides)
  if (found === null) return []
  return [event.number === 0 ? { ...found, number: null, offset: null } : found]
}

function commandsOf({ events }: Decided): Map<string, Placed> {
  return new Map(
    events.flatMap((event) =>
      event.decisions.filter(({ kind }) => kind === 'command').map((decision) => [String(decision['id']), { event, decision }] as const),
    ),
  )
}

function decisionOf({ id, type, data }: RecordedCommand): Decision {
  return { kind: 'command', id, type, data }
}
