import type { CallCommandData, PromptKind } from '@twinreel/contracts/call-commands'
import type { CallEventData } from '@twinreel/contracts/call-events'
import type { CallPlan } from './plan.ts'

export type PromptPlay = CallCommandData<'prompt.play'>
type PromptFinished = CallEventData<'prompt.finished'>

/** What the participants heard, in call time. */
export interface HeardPrompt {
  kind: PromptKind
  fromMs: number
  toMs: number
}

/** One prompt sounds at a time, to everybody, on a stream of its own; the others wait for their turn. */
export interface PromptQueue {
  readonly waiting: PromptPlay[]
  playing: (HeardPrompt & { promptId: string }) | null
  readonly heard: HeardPrompt[]
}

/** A platform has room for so many and says of any further one that it failed. */
const MAX_WAITING = 64

export function emptyQueue(): PromptQueue {
  return { waiting: [], playing: null, heard: [] }
}

/** Takes a prompt in; what there is to say at once, if anything. */
export function enqueue(queue: PromptQueue, prompt: PromptPlay, atMs: number, rules: PromptRules): PromptFinished[] {
  if (queue.waiting.length >= MAX_WAITING) return [{ promptId: prompt.promptId, outcome: 'failed', atMs }]
  queue.waiting.push(prompt)
  return startNext(queue, atMs, rules)
}

/** The prompt that sounds has come to its end. */
export function finishPlaying(queue: PromptQueue, rules: PromptRules): PromptFinished[] {
  const done = queue.playing
  if (done === null) return []
  const { promptId, kind, fromMs, toMs } = done
  queue.playing = null
  queue.heard.push({ kind, fromMs, toMs })
  return [{ promptId, outcome: 'played', fromMs, toMs, atMs: toMs }, ...startNext(queue, toMs, rules)]
}

/** Nobody is left to hear anything: what sounds is cut off, the rest is forgotten. */
export function cutOff(queue: PromptQueue, atMs: number): void {
  const cut = queue.playing
  if (cut !== null && cut.fromMs < atMs) queue.heard.push({ kind: cut.kind, fromMs: cut.fromMs, toMs: atMs })
  queue.playing = null
  queue.waiting.length = 0
}

export interface PromptRules {
  readonly announcements: CallPlan['announcements']
  readonly lengthsMs: Readonly<Record<PromptKind, number>>
}

function startNext(queue: PromptQueue, atMs: number, rules: PromptRules): PromptFinished[] {
  const said: PromptFinished[] = []
  while (queue.playing === null) {
    const prompt = queue.waiting.shift()
    if (prompt === undefined) break
    const { promptId, prompt: kind, expiresAtMs } = prompt
    if (expiresAtMs !== undefined && atMs > expiresAtMs) said.push({ promptId, outcome: 'expired', atMs })
    else if (!isAnnouncement(kind) || rules.announcements === 'play') queue.playing = { promptId, kind, fromMs: atMs, toMs: atMs + rules.lengthsMs[kind] }
    else if (rules.announcements === 'fail') said.push({ promptId, outcome: 'failed', atMs })
  }
  return said
}

function isAnnouncement(kind: PromptKind): boolean {
  return kind !== 'tone' && kind !== 'pause-beep' && kind !== 'resume-beep'
}
