import type { Format } from './companding.ts'
import { isAnnounced, type CallKind } from './recordable.ts'
import type { TrueSettings } from './truth-files.ts'

/** A recording as it ought to be, in call time; the last span is open while `toMs` is `null`. */
export interface StoryRecording {
  ordinal: number
  kept: boolean
  format: Format
  spans: { fromMs: number; toMs: number | null }[]
  over: boolean
}

/** One user's way through a call. `starting` and `resuming` wait: for a prompt to be heard to its end, then for the gate. */
export interface OwnerStory {
  ownerId: string
  settings: TrueSettings
  /** The user's ends of the call, those that left too. */
  participantIds: Set<string>
  phase: 'out' | 'idle' | 'starting' | 'recording' | 'paused' | 'resuming' | 'over'
  waitsFor: 'prompt' | 'gate' | null
  /** When the phase began. */
  sinceMs: number
  /** Everybody was told of the pause: once the gate was shut, if it had to be. What nobody was told of is not taken back aloud. */
  told: boolean
  /** How often the user went on after a pause. */
  resumed: number
  /** How far the call had come when a prompt was asked for. */
  askedMs: number
  /** What was going on when the call fell silent. */
  was: 'idle' | 'starting' | 'recording' | 'paused' | 'resuming' | null
  /** The user paused before the start was announced. */
  pauseFirst: boolean
  /** Pressed record in the mode that keeps on request. */
  keep: boolean
  recordings: StoryRecording[]
}

/** The call as far as several owners share it. */
export interface CallStory {
  kind: CallKind
  platform: { prompts: boolean; gate: boolean }
  owners: Map<string, OwnerStory>
  /** How far it has come, where that is told. */
  clockMs: number
  /** What was last asked of the platform's gate, by number, and whether it was answered. */
  gate: { shut: boolean; asked: number; askedMs: number; overdueMs: number; answered: boolean }
  /** How far the call had come when the start announcement was asked for that was not heard yet: it is played once for everybody. */
  announcedMs: number | null
  /** Who asked for each resume prompt that was not heard yet, and by which press: they are heard in that order, also one that a pause took back. */
  resumes: { owner: OwnerStory; press: number }[]
  formatAt(ms: number): Format
}

/** A platform that does not answer about its gate is not waited for any longer. */
const GATE_PATIENCE_MS = 5_000

export function start(call: CallStory, owner: OwnerStory, atMs: number, pauseFirst = false): void {
  const askedMs = call.announcedMs ?? Math.max(atMs, call.clockMs)
  Object.assign(owner, { phase: 'starting', waitsFor: 'prompt', sinceMs: atMs, askedMs, pauseFirst })
  if (!isAnnounced(call.kind, owner.settings)) return goOn(call, owner, atMs)
  if (!call.platform.prompts) return startFailed(call, owner, atMs)
  call.announcedMs = askedMs
  askGate(call, atMs)
}

export function startFailed(call: CallStory, owner: OwnerStory, atMs: number): void {
  Object.assign(owner, { phase: owner.settings.mode === 'on-demand-user-start' ? 'idle' : 'out', waitsFor: null })
  askGate(call, atMs)
}

/** Whatever had to be heard was heard at `atMs`: capture begins, when the gate is open. */
export function goOn(call: CallStory, owner: OwnerStory, atMs: number): void {
  owner.sinceMs = Math.max(atMs, owner.sinceMs)
  if (owner.phase === 'starting' && owner.pauseFirst) return capture(call, owner)
  owner.waitsFor = 'gate'
  askGate(call, owner.sinceMs)
  if (!call.gate.shut && call.gate.answered) capture(call, owner)
}

function capture(call: CallStory, owner: OwnerStory): void {
  const paused = owner.phase === 'starting' && owner.pauseFirst
  if (owner.phase === 'starting') openRecording(call, owner)
  if (!paused) live(owner)?.spans.push({ fromMs: owner.sinceMs, toMs: null })
  Object.assign(owner, { phase: paused ? 'paused' : 'recording', waitsFor: null, told: false })
  askGate(call, owner.sinceMs)
  if (paused) tellPause(call, owner)
}

function openRecording(call: CallStory, owner: OwnerStory): void {
  const kept = owner.settings.mode !== 'on-demand' || owner.keep
  owner.recordings.push({ ordinal: owner.recordings.length + 1, kept, format: call.formatAt(owner.sinceMs), spans: [], over: false })
}

export function pause(call: CallStory, owner: OwnerStory, atMs: number): void {
  if (owner.phase === 'starting') owner.pauseFirst = true
  if (owner.phase === 'recording') cut(owner, atMs)
  if (owner.phase === 'recording' || owner.phase === 'resuming') Object.assign(owner, { phase: 'paused', waitsFor: null, sinceMs: atMs })
  askGate(call, atMs)
  if (owner.phase === 'paused') tellPause(call, owner)
}

/** At once, unless the gate is being shut. */
function tellPause(call: CallStory, owner: OwnerStory): void {
  owner.told ||= !call.gate.shut || call.gate.answered
}

function tellAllPauses(call: CallStory): void {
  for (const owner of call.owners.values()) if (owner.phase === 'paused') owner.told = true
}

export function resume(call: CallStory, owner: OwnerStory, atMs: number): void {
  if (owner.phase === 'starting') {
    owner.pauseFirst = false
    askGate(call, atMs)
  }
  if (owner.phase !== 'paused') return
  Object.assign(owner, { phase: 'resuming', waitsFor: 'prompt', sinceMs: atMs, askedMs: Math.max(atMs, call.clockMs), resumed: owner.resumed + 1 })
  if (!owner.told || owner.settings.pauseResumeNotification === 'none' || !call.platform.prompts || call.kind.callType === 'emergency') goOn(call, owner, atMs)
  else call.resumes.push({ owner, press: owner.resumed })
}

/** The next resume prompt was heard to its end. */
export function resumeHeard(call: CallStory, atMs: number): void {
  const next = call.resumes.shift()
  if (next === undefined) return
  const { owner, press } = next
  if (owner.phase === 'resuming' && owner.waitsFor === 'prompt' && owner.resumed === press) goOn(call, owner, atMs)
}

/** The next resume prompt can't be heard: the user pressed the key all the same. */
export function resumeUnheard(call: CallStory): void {
  const next = call.resumes.shift()
  if (next === undefined) return
  const { owner, press } = next
  if (owner.phase === 'resuming' && owner.waitsFor === 'prompt' && owner.resumed === press) goOn(call, owner, owner.sinceMs)
}

/** Nothing more is captured; `phase` says what may come after. */
export function stop(call: CallStory, owner: OwnerStory, atMs: number, phase: 'idle' | 'over'): void {
  endRecording(owner, atMs)
  Object.assign(owner, { phase, waitsFor: null, sinceMs: atMs, told: false })
  askGate(call, atMs)
}

function endRecording(owner: OwnerStory, atMs: number): void {
  const recording = live(owner)
  if (recording === null) return
  cut(owner, Math.max(atMs, recording.spans.at(-1)?.fromMs ?? 0))
  recording.over = true
}

export function live(owner: OwnerStory): StoryRecording | null {
  const last = owner.recordings.at(-1)
  return last === undefined || last.over ? null : last
}

function cut(owner: OwnerStory, atMs: number): void {
  const recording = live(owner)
  if (recording === null) return
  recording.spans = recording.spans.filter(({ fromMs }) => fromMs < atMs).map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs ?? atMs, atMs) }))
}

/** The platform's gate is shut while somebody has paused and nobody's recording may take audio. */
function askGate(call: CallStory, atMs: number): void {
  if (!call.platform.gate) return
  const owners = [...call.owners.values()]
  const somebodyPaused = owners.some(({ phase, waitsFor }) => phase === 'paused' || (phase === 'resuming' && waitsFor === 'prompt'))
  const somebodyTakes = owners.some(
    ({ phase, waitsFor, pauseFirst }) => phase === 'recording' || (phase === 'starting' && !pauseFirst) || (phase === 'resuming' && waitsFor === 'gate'),
  )
  const shut = somebodyPaused && !somebodyTakes
  if (shut === call.gate.shut) return
  // Who still waits to tell of a pause does so now: it is somebody else who keeps the gate open.
  if (!shut) tellAllPauses(call)
  call.gate = { shut, asked: call.gate.asked + 1, askedMs: atMs, overdueMs: Math.max(atMs, call.clockMs) + GATE_PATIENCE_MS, answered: false }
}

/** The platform said that its gate is shut. */
export function gateClosed(call: CallStory, sequence: number): void {
  if (!call.gate.shut || call.gate.answered || sequence !== call.gate.asked) return
  call.gate.answered = true
  tellAllPauses(call)
}

/** The platform said that its gate is open. */
export function gateOpened(call: CallStory, sequence: number, atMs: number): void {
  if (call.gate.shut || call.gate.answered || sequence !== call.gate.asked) return
  opened(call, atMs >= call.gate.overdueMs ? call.gate.askedMs : atMs)
}

/** Nobody answered about the gate in time: it counts as done. */
export function gateOverdue(call: CallStory, clockMs: number): void {
  if (call.gate.answered || clockMs < call.gate.overdueMs) return
  if (call.gate.shut) gateClosed(call, call.gate.asked)
  else opened(call, call.gate.askedMs)
}

function opened(call: CallStory, openMs: number): void {
  call.gate.answered = true
  for (const owner of call.owners.values()) {
    if (owner.waitsFor !== 'gate') continue
    owner.sinceMs = Math.max(owner.sinceMs, openMs)
    capture(call, owner)
  }
}

/** Nothing came of the call for too long: every recording of it is over, until it should go on. Nobody is there to be asked about the gate. */
export function fellSilent(call: CallStory, endMs: (owner: OwnerStory) => number): void {
  Object.assign(call, { resumes: [], announcedMs: null })
  for (const owner of call.owners.values()) {
    if (owner.phase === 'out' || owner.phase === 'over') continue
    endRecording(owner, endMs(owner))
    Object.assign(owner, { was: owner.phase, phase: 'over', waitsFor: null, told: false })
  }
}

/** The call was not over: what was going on begins anew, in further recordings, and nothing before its user's last key. */
export function wentOn(call: CallStory, heardMs: number): void {
  for (const owner of call.owners.values()) {
    const { was, pauseFirst } = owner
    const atMs = Math.max(heardMs, owner.sinceMs)
    owner.was = null
    if (was === 'idle') Object.assign(owner, { phase: 'idle', sinceMs: atMs })
    if (was === 'starting') start(call, owner, atMs, pauseFirst)
    if (was !== 'recording' && was !== 'paused' && was !== 'resuming') continue
    Object.assign(owner, { phase: was, sinceMs: atMs })
    openRecording(call, owner)
    if (was === 'recording') live(owner)?.spans.push({ fromMs: atMs, toMs: null })
    // Nobody has to hear again that a pause is over.
    if (was === 'resuming') goOn(call, owner, atMs)
  }
  askGate(call, heardMs)
  for (const owner of call.owners.values()) if (owner.phase === 'paused') tellPause(call, owner)
}
