import { decodeCallEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Evidence, Violation } from '../world/evidence.ts'
import type { Reference } from './reference.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

/** How long a publisher has to shut its gate; after that ours alone has to do. */
const GATE_ANSWER_MS = 5_000
const PAUSE_PROMPTS: ReadonlySet<string> = new Set(['pause-beep', 'recording-paused'])

/** What the platform is told: that somebody has paused only once the gate is shut, and every answer that nothing later would ask for again. */
export function checkCommands(evidence: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const sent = new Set(evidence.truth.appended(TOPICS.callCommands).map(({ headers }) => headers['ce_id']))
  const shut = gateAnswers(evidence)
  return [...references.values()]
    .filter(({ callId }) => !isAffectedByTrim(evidence, callId))
    .flatMap((reference) => [...toldTooEarly(reference, shut), ...neverSent(reference, sent)])
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

function neverSent({ effects }: Reference, sent: ReadonlySet<string | undefined>): string[] {
  return effects.flatMap(({ effect }) => {
    if (effect.kind !== 'command' || sent.has(effect.id)) return []
    const { type } = effect.command
    return type === 'control.rejected' || type === 'call.release' || type === 'event.handled' ? [`${effect.id} (${type}) was never sent`] : []
  })
}
