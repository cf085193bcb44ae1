import { decodeCallEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { CallState } from '@twinreel/recording/session/state'
import type { Checkpoint, Evidence, Violation } from '../world/evidence.ts'
import type { Reference } from './reference.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

/** How long a publisher has to shut its gate; after that ours alone has to do. */
const GATE_ANSWER_MS = 5_000
/** What is asked for again as long as it is owed, and else not. */
const OWED: ReadonlySet<string> = new Set(['prompt.play', 'gate.close', 'gate.open', 'indicator.update'])
const PAUSE_PROMPTS: ReadonlySet<string> = new Set(['pause-beep', 'recording-paused'])

/** What the platform is told: that somebody has paused only once the gate is shut, and every answer that nothing later would ask for again. */
export function checkCommands(evidence: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const sentAt = new Map(evidence.commands.toReversed().map((id, i) => [id, evidence.commands.length - i]))
  const shut = gateAnswers(evidence)
  return [...references.values()]
    .filter(({ callId }) => !isAffectedByTrim(evidence, callId))
    .flatMap((reference) => [...toldTooEarly(reference, shut), ...neverSent(reference, sentAt), ...notSentInTime(reference, sentAt, evidence.checkpoints)])
    .map((message) => ({ check: 'commands', message }))
}

/** Where in the log a gate was said to be shut, by call and sequence number. */
function gateAnswers({ truth }: Evidence): Map<string, number> {
  const answers = new Map<string, number>()
  for (const { key, headers, value, offset } of truth.appended(TOPICS.calls)) {
    if (value === null || headers['ce_type']?.includes('gate.closed') !== true) continue
    const decoded = decodeCallEvent({ key, headers, value })
    if (!decoded.ok || decoded.message.type !== 'gate.closed') continue
    const name = `${key}/${decoded.message.data.sequence}`
    if (!answers.has(name)) answers.set(name, offset)
  }
  return answers
}

function toldTooEarly({ callId, effects }: Reference, shut: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = []
  const paused = new Set<string>()
  let asked: { sequence: number; atMs: number } | null = null
  for (const { effect, record } of effects) {
    if (effect.kind !== 'command') continue
    const { type, data } = effect.command
    if (type === 'gate.close') asked = data
    else if (type === 'gate.open') asked = null
    if (type !== 'indicator.update' && type !== 'prompt.play') continue
    const isNews = type === 'prompt.play' ? PAUSE_PROMPTS.has(data.prompt) : data.indicator === 'paused' && !paused.has(data.userId)
    if (type === 'indicator.update' && data.indicator === 'paused') paused.add(data.userId)
    else if (type === 'indicator.update') paused.delete(data.userId)
    if (!isNews || asked === null || data.atMs >= asked.atMs + GATE_ANSWER_MS) continue
    const answeredAt = shut.get(`${callId}/${asked.sequence}`)
    if (answeredAt === undefined || answeredAt > record.offset) wrong.push(`${effect.id} tells of a pause before gate ${asked.sequence} was shut`)
  }
  return wrong
}

function neverSent({ effects }: Reference, sentAt: ReadonlyMap<string, number>): string[] {
  return effects.flatMap(({ effect }) => {
    if (effect.kind !== 'command' || sentAt.has(effect.id)) return []
    const { type } = effect.command
    return OWED.has(type) ? [] : [`${effect.id} (${type}) was never sent`]
  })
}

/**
 * Whoever says in the catalog that everything is asked that stands below a position has asked for it: what he folded himself, and, of what was folded before him, what is
 * still owed there.
 */
function notSentInTime({ effects, states }: Reference, sentAt: ReadonlyMap<string, number>, checkpoints: readonly Checkpoint[]): string[] {
  const asked = effects.flatMap(({ effect, record }) => (effect.kind === 'command' ? [{ ...effect, record }] : []))
  const [first] = asked
  if (first === undefined) return []
  const own = checkpoints.filter(({ partition }) => partition === first.record.partition)
  return asked.flatMap(({ id, command: { type }, record: { offset } }) => {
    const at = own.findIndex(({ performedOffset }) => performedOffset > offset)
    const said = own[at]
    if (said === undefined || (sentAt.get(id) ?? Infinity) <= said.commandsKnown) return []
    const isOwed =
      !OWED.has(type) || isFoldedLive(own.slice(0, at), said) || owedIn(states.findLast((one) => one.offset < said.performedOffset)?.state ?? null).has(id)
    return isOwed ? [`${said.process} says that all is asked below ${said.performedOffset}, and ${id} (${type}) at ${offset} is not`] : []
  })
}

/** Who has moved on once, with his partition, has read it to its end: what he has moved past since he folded himself. */
function isFoldedLive(before: readonly Checkpoint[], { epoch }: Checkpoint): boolean {
  const own = before.filter((one) => one.epoch === epoch)
  return own.some(({ performedOffset }) => performedOffset !== own[0]?.performedOffset)
}

/** What a call waits for from its platform: by the state itself. An icon carries everything; a later one says it too. */
function owedIn(state: CallState | null): Set<string> {
  if (state?.phase !== 'answered') return new Set()
  const isGateOwed = state.gate.state === 'closing' || state.gate.state === 'opening'
  return new Set([...state.prompts.map(({ promptId }) => promptId), ...(isGateOwed ? [`${state.callId}/g${state.gate.sequence}`] : [])])
}
