import type { CallPlan, PlannedParticipant, PlannedStream } from './plan.ts'

export interface PlanProblem {
  path: (string | number)[]
  message: string
}

type Report = (path: (string | number)[], message: string) => void

/** Who and what the call holds at a moment of the plan. */
interface Cast {
  present: Set<string>
  everPresent: Set<string>
  holding: Set<string>
  /** Streams by id, with those heard on them. */
  streams: Map<string, readonly string[]>
  everOpened: Set<string>
}

/** What no schema of a single field can see: names that nobody bears, things that happen before they can. */
export function planProblems(plan: CallPlan): PlanProblem[] {
  const problems: PlanProblem[] = []
  const report: Report = (path, message) => problems.push({ path, message })
  const cast: Cast = { present: new Set(), everPresent: new Set(), holding: new Set(), streams: new Map(), everOpened: new Set() }
  for (const [i, participant] of plan.participants.entries()) enter(cast, participant, ['participants', i], report)
  if (plan.pickUp !== undefined) enter(cast, plan.pickUp, ['pickUp'], report)
  for (const [i, stream] of plan.streams.entries()) open(cast, stream, ['streams', i], report)
  if (!cast.present.has(plan.answeredBy.participantId)) report(['answeredBy', 'participantId'], `nobody in the call is ${plan.answeredBy.participantId}`)
  const hangUp = plan.actions.at(-1)
  if (hangUp?.do !== 'hang-up') report(['actions'], 'the last one must be a hang-up')
  for (const [i, action] of plan.actions.entries()) {
    const before = plan.actions[i - 1]
    if (before !== undefined && before.atMs > action.atMs)
      report(['actions', i, 'atMs'], `${action.atMs} lies before the action in front of it (${before.atMs})`)
    perform(cast, plan, i, report)
  }
  return problems
}

function perform(cast: Cast, plan: CallPlan, index: number, report: Report): void {
  const action = plan.actions[index]
  if (action === undefined) return
  const path = ['actions', index]
  switch (action.do) {
    case 'away':
    case 'timer':
    case 'nonsense':
    case 'send-late':
    case 'collect':
      return
    case 'hang-up':
      if (index !== plan.actions.length - 1) report(path, 'only the last one can be a hang-up')
      return
    case 'control':
      if (action.atMs + action.delayMs > (plan.actions.at(-1)?.atMs ?? 0)) report([...path, 'delayMs'], 'it would reach the log after the hang-up')
      return
    case 'join':
      enter(cast, action.participant, [...path, 'participant'], report)
      for (const [i, stream] of action.streams.entries()) open(cast, stream, [...path, 'streams', i], report)
      return
    case 'renegotiate':
      if (!cast.streams.has(action.streamId)) report([...path, 'streamId'], `no stream ${action.streamId} at that time`)
      checkFormat(action, path, report)
      return
    case 'leave':
      if (!cast.present.delete(action.participantId)) report([...path, 'participantId'], `nobody in the call is ${action.participantId} at that time`)
      for (const [id, heard] of cast.streams) if (heard.every((one) => !cast.present.has(one))) cast.streams.delete(id)
      return
    case 'hold':
      if (!cast.present.has(action.participantId)) report([...path, 'participantId'], `nobody in the call is ${action.participantId} at that time`)
      if (cast.holding.has(action.participantId)) report(path, `${action.participantId} holds the call already`)
      cast.holding.add(action.participantId)
      return
    case 'retrieve':
      if (!cast.holding.delete(action.participantId)) report(path, `${action.participantId} does not hold the call`)
      return
  }
}

function enter(cast: Cast, { participantId }: PlannedParticipant, path: (string | number)[], report: Report): void {
  if (cast.everPresent.has(participantId)) report([...path, 'participantId'], `${participantId} was in the call before: a second visit needs a name of its own`)
  cast.present.add(participantId)
  cast.everPresent.add(participantId)
}

function open(cast: Cast, stream: PlannedStream, path: (string | number)[], report: Report): void {
  if (cast.everOpened.has(stream.streamId)) report([...path, 'streamId'], `there was a stream ${stream.streamId} before`)
  cast.everOpened.add(stream.streamId)
  for (const id of stream.participantIds) if (!cast.present.has(id)) report([...path, 'participantIds'], `nobody in the call is ${id}`)
  checkFormat(stream, path, report)
  cast.streams.set(stream.streamId, stream.participantIds)
}

function checkFormat({ codec, sampleRateHz }: Pick<PlannedStream, 'codec' | 'sampleRateHz'>, path: (string | number)[], report: Report): void {
  if (codec !== 'L16' && sampleRateHz !== 8_000) report([...path, 'sampleRateHz'], `${codec} has 8000 samples a second, not ${sampleRateHz}`)
}
