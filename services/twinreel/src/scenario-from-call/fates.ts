import type { PromptKind } from '@twinreel/contracts/call-commands'
import { writeDuration } from '@twinreel/scenarios/language/call-clock'
import type { CapturedCall, EventOf } from './captured-call.ts'

/** A line of a timeline without its time. */
export interface StoryLine {
  atMs: number
  text: string
}

interface Asked {
  type: string
  data: { promptId?: string; prompt?: PromptKind; sequence?: number; atMs: number }
}

/** What the recorder asked for, in its order. `data.atMs` is when the platform could hear of it: a tone that was due in a batch of audio is asked for at its end. */
export function commandsOf({ capture }: CapturedCall): Asked[] {
  return capture.decided.events.flatMap(({ atMs, decisions }) =>
    (decisions.filter(({ kind }) => kind === 'command') as unknown as Asked[]).map(({ type, data }) => ({
      type,
      data: { ...data, atMs: Math.max(data.atMs, atMs ?? 0) },
    })),
  )
}

/** Lines for prompts that were not played at once, from what the platform said of them; and what no line says. */
export function promptFates(
  call: CapturedCall,
  { endMs, lengthsMs }: { endMs: number; lengthsMs: Readonly<Record<PromptKind, number>> },
): { lines: StoryLine[]; notes: string[] } {
  const [lines, notes]: [StoryLine[], string[]] = [[], []]
  if (call.started.capabilities.prompts === 'none') return { lines, notes }
  const finished = new Map(
    call.events.filter((event): event is EventOf<'prompt.finished'> => event.type === 'prompt.finished').map(({ data }) => [data.promptId, data] as const),
  )
  let freeMs = 0
  for (const { type, data } of commandsOf(call)) {
    const { prompt, promptId } = data
    if (type !== 'prompt.play' || prompt === undefined || promptId === undefined) continue
    const answer = finished.get(promptId)
    const dueMs = Math.max(freeMs, data.atMs)
    const say = (fate: string): void => void lines.push({ atMs: data.atMs, text: `next ${prompt} ${fate}` })
    if (answer === undefined) {
      // What sounds when the call ends is cut off and never reported.
      if (dueMs + lengthsMs[prompt] < endMs) say('is ignored')
      else freeMs = endMs
      continue
    }
    if (answer.outcome !== 'played') {
      say(answer.outcome === 'failed' ? 'fails' : 'expires')
      continue
    }
    const [fromMs, toMs] = [answer.fromMs ?? dueMs, answer.toMs ?? dueMs]
    const reportMs = Math.max(toMs, answer.atMs ?? toMs)
    if (fromMs > dueMs) say(`starts ${writeDuration(Math.round(fromMs - dueMs))} late`)
    else if (reportMs > toMs) say(`is reported ${writeDuration(Math.round(reportMs - toMs))} late`)
    if (fromMs > dueMs && reportMs > toMs) notes.push(`a ${prompt} began late and was reported late; here it only begins late`)
    if (fromMs < dueMs) notes.push(`a ${prompt} began before the one in front of it was over; here they come one after the other`)
    if (toMs - fromMs !== lengthsMs[prompt]) notes.push(`${prompt} lasted ${toMs - fromMs} ms; here it lasts ${lengthsMs[prompt]} ms`)
    freeMs = reportMs
  }
  return { lines, notes: [...new Set(notes)] }
}

/** Lines for commands to the gate that were answered late or never. */
export function gateFates(call: CapturedCall, { endMs }: { endMs: number }): StoryLine[] {
  if (!call.started.capabilities.gate) return []
  return commandsOf(call).flatMap(({ type, data }) => {
    if (type !== 'gate.close' && type !== 'gate.open') return []
    const answer = call.events.find(
      (event) => event.type === (type === 'gate.close' ? 'gate.closed' : 'gate.opened') && event.data.sequence === data.sequence,
    ) as EventOf<'gate.closed'> | undefined
    if (answer === undefined) return data.atMs < endMs ? [{ atMs: data.atMs, text: 'next gate command is ignored' }] : []
    const lateMs = Math.round((answer.data.atMs ?? data.atMs) - data.atMs)
    return lateMs > 0 ? [{ atMs: data.atMs, text: `next gate command is answered ${writeDuration(lateMs)} late` }] : []
  })
}
