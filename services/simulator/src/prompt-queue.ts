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
  /** `reportMs`: when the platform says that it has ended. */
  playing: (HeardPrompt & { promptId: string; reportMs: number }) | null
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

/** The prompt that sounds has come to its end, and is reported. */
export function finishPlaying(queue: PromptQueue, atMs: number, rules: PromptRules): PromptFinished[] {
  const done = queue.playing
  if (done === null) return []
  const { promptId, kind, fromMs, toMs } = done
  queue.playing = null
  queue.heard.push({ kind, fromMs, toMs })
  return [{ promptId, outcome: 'played', fromMs, toMs, atMs }, ...startNext(queue, atMs, rules)]
}

/** Nobody is left to hear anything: what sounds is cut off, the rest is forgotten. */
export function cutOff(queue: PromptQueue, atMs: number): void {
  const cut = queue.playing
  if (cut !== null && cut.fromMs < atMs) queue.heard.push({ kind: cut.kind, fromMs: cut.fromMs, toMs: Math.min(cut.toMs, atMs) })
  queue.playing = null
  queue.waiting.length = 0
}

export interface PromptRules {
  readonly announcements: CallPlan['announcements']
  readonly lengthsMs: Readonly<Record<PromptKind, number>>
  /** What becomes of a prompt that would begin now, where the plan says so; one of a kind is used up by being asked for. */
  fate(kind: PromptKind, atMs: number): PromptFate | null
}

export type PromptFate = CallPlan['promptFates'][number]['fate']

function startNext(queue: PromptQueue, atMs: number, rules: PromptRules): PromptFinished[] {
  const said: PromptFinished[] = []
  while (queue.playing === null) {
    const prompt = queue.waiting.shift()
    if (prompt === undefined) break
    const { promptId, prompt: kind, expiresAtMs } = prompt
    const fate = rules.fate(kind, atMs) ?? usual(kind, rules)
    const fromMs = atMs + (fate.kind === 'starts-late' ? fate.byMs : 0)
    if (fate.kind === 'is-ignored') continue
    if (fate.kind === 'fails') said.push({ promptId, outcome: 'failed', atMs })
    else if (fate.kind === 'expires' || (expiresAtMs !== undefined && fromMs > expiresAtMs)) said.push({ promptId, outcome: 'expired', atMs })
    else {
      const toMs = fromMs + rules.lengthsMs[kind]
      queue.playing = { promptId, kind, fromMs, toMs, reportMs: toMs + (fate.kind === 'is-reported-late' ? fate.byMs : 0) }
    }
  }
  return said
}

function usual(kind: PromptKind, { announcements }: PromptRules): PromptFate {
  if (!isAnnouncement(kind) || announcements === 'play') return { kind: 'starts-late', byMs: 0 }
  return { kind: announcements === 'fail' ? 'fails' : 'is-ignored' }
}

/** A chooser among fates: each single one counts once, from its moment on; else the last that lasts. */
export function fates<F extends { fromMs: number; every: boolean }>(all: readonly F[]): (fits: (one: F) => boolean, atMs: number) => F | null {
  const open = new Set(all)
  return (fits, atMs) => {
    const due = [...open].filter((one) => one.fromMs <= atMs && fits(one))
    const next = due.find(({ every }) => !every)
    if (next !== undefined) open.delete(next)
    return next ?? due.at(-1) ?? null
  }
}

export function isAnnouncement(kind: PromptKind): boolean {
  return kind !== 'tone' && kind !== 'pause-beep' && kind !== 'resume-beep'
}
