import { decodeCallEvent, type CallEvent } from '@twinreel/contracts/messages'
import type { CallEventData, CallEventType, Participant } from '@twinreel/contracts/call-events'
import type { Policy } from '@twinreel/recording/policy'
import type { Capture } from '@twinreel/replay/capture/capture'

export type EventOf<T extends CallEventType> = Extract<CallEvent, { type: T }>

/** A capture's call as its events tell it, each once, in the log's order. */
export interface CapturedCall {
  capture: Capture
  started: CallEventData<'call.started'>
  /** `null`: nobody answered. */
  answered: CallEventData<'call.answered'> | null
  /** How long it rang, or until it was given up. */
  rangMs: number
  ended: EventOf<'call.ended'> | null
  /** In the order of the log, without repeats; those of the recorder's own clock (`timer.due`) are left out. */
  events: readonly CallEvent[]
  /** Call time of an event by the publisher's clock; `null` when it gave none. */
  clockMs(event: CallEvent): number | null
  /** Of everybody who was in the call at any time. */
  participants: readonly Participant[]
  policies: ReadonlyMap<string, Policy | null>
  repeats: number
  unreadable: number
}

/** A call that scenarios have no words for: says which one and why. */
export class UnsayableCallError extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'UnsayableCallError'
  }
}

/** Throws `UnsayableCallError` for a call without beginning or end. */
export function capturedCall(capture: Capture): CapturedCall {
  const { header } = capture
  if (!header.isOver) throw new UnsayableCallError('the call still goes on in this capture: capture it again when it is over')
  const { events, repeats, unreadable } = eventsOf(capture)
  const started = events.find((event) => event.type === 'call.started')
  if (started === undefined) throw new UnsayableCallError('the capture has no beginning of the call (call.started), so nobody knows who was in it')
  const answered = events.find((event) => event.type === 'call.answered') ?? null
  const ended = events.findLast((event) => event.type === 'call.ended') ?? null
  const zeroMs = answered?.timeMs ?? null
  const joined = events.flatMap((event) => (event.type === 'participant.joined' ? [event.data.participant] : []))
  return {
    capture,
    started: started.data,
    answered: answered?.data ?? null,
    rangMs: between(started.timeMs, answered?.timeMs ?? ended?.timeMs ?? null) ?? 2_000,
    ended,
    events,
    clockMs: ({ timeMs }) => (timeMs === null || zeroMs === null ? null : timeMs - zeroMs),
    participants: [...started.data.participants, ...joined],
    policies: new Map(capture.policies.map(({ participantId, policy }) => [participantId, policy])),
    repeats,
    unreadable,
  }
}

function eventsOf({ header, messages }: Capture): Pick<CapturedCall, 'events' | 'repeats' | 'unreadable'> {
  const seen = new Set<string>()
  const events: CallEvent[] = []
  let [repeats, unreadable] = [0, 0]
  for (const { headers, value } of messages) {
    const decoded = value === null ? null : decodeCallEvent({ key: header.callId, headers, value })
    if (decoded === null || !decoded.ok) {
      unreadable += 1
      continue
    }
    const { message } = decoded
    const name = JSON.stringify([message.source, message.id])
    if (seen.has(name)) repeats += 1
    else if (message.type !== 'timer.due') events.push(message)
    seen.add(name)
  }
  return { events, repeats, unreadable }
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null || toMs < fromMs ? null : toMs - fromMs
}
