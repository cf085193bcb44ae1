import type { Participant } from '@twinreel/contracts/call-events'
import type { PromptKind } from '@twinreel/contracts/call-commands'
import type { AudioFormat } from '@twinreel/media/format'
import type { IntervalSet } from '@twinreel/media/intervals'
import type { ExclusionReason, FailureReason, RecordingTotals } from '../effects.ts'
import type { CallSpan, Mark } from '../facts.ts'
import type { Policy } from '../policy.ts'
import type { Track } from '../segment.ts'
import type { OrgRules } from '../settings.ts'

/** Raised when the shape or the meaning of `CallState` changes; a checkpoint says which fold wrote it. */
export const FOLD_VERSION = 1

/** Sealing trails the media clock by this, so that a control that is a little late still cuts on its sample. */
export const TRAIL_MS = 2_000
/** A prompt that nobody reported on for this long is taken as never finished. */
export const PROMPT_DEADLINE_MS = 15_000
export const GATE_DEADLINE_MS = 5_000
/** A tone that can't be heard within this of its due time is not worth hearing. */
export const TONE_EXPIRY_MS = 3_000
/** How far ahead of the media clock a control may place itself: more than any publisher batches. */
export const CONTROL_AHEAD_MS = 10_000
/**
 * The same of a control that lets audio in. Before the time that it says nothing may be heard: its audio may only be late, held back by an outage. It is believed for
 * as long as a call may say nothing.
 */
export const OPENING_AHEAD_MS = 120_000
/** Messages say up to seven days of call time; what follows from a call's last moment, such as a timer, needs room there too. */
export const MAX_CALL_MS = 7 * 24 * 3_600_000 - 3_600_000
export const REMEMBERED_EVENTS = 256
/** Per stream: what is missing behind the floor, so that late audio is told from a repeat. */
export const REMEMBERED_GAPS = 64
/** Per stream: pieces of unsealed audio that don't touch. Two minutes of packets with every second one lost have fewer. */
export const MAX_PIECES = 8_192
/** Per recording, between two seals; what happens beyond it is not written down any more. */
export const MAX_MARKS = 512
/** Asked for and not yet answered; beyond it no more are asked for. Announcements of a start are shared, so they always fit. */
export const MAX_OPEN_PROMPTS = 32
/** Of one call, from first to last. */
export const MAX_PARTICIPANTS = 1_024
export const MAX_STREAMS = 1_024
/** A silent call that nothing more was heard of for this many idle ends is closed for good. */
export const SILENT_CLOSE_FACTOR = 30

/** One call: plain immutable data, JSON as it stands. Times are call time in ms unless they say otherwise. */
export interface CallState {
  readonly callId: string
  readonly orgId: string
  readonly phase: 'started' | 'answered' | 'silent' | 'ending' | 'closed'
  /** Counts marks, prompts and commands: numbers within the call that every fold gives alike. */
  readonly number: number
  readonly last: { readonly source: string; readonly id: string }
  readonly seen: readonly string[]
  readonly callType: string | null
  readonly direction: string | null
  readonly correlationId: string | null
  readonly capabilities: { readonly prompts: 'obeys' | 'none'; readonly gate: boolean; readonly indicator: boolean }
  /** Epoch ms of the answer by the publisher's clock. */
  readonly timeZeroMs: number
  readonly rules: OrgRules | null
  /** Voicemail answered. */
  readonly voicemail: boolean
  /** The media clock: the furthest that audio or the publisher's events have come. Never moved by a timer. */
  readonly clockMs: number
  /** Where the audio itself has come to. */
  readonly audioEndMs: number
  /** Where audio ended that was refused as too far ahead, until some is taken again: what goes on from there is no wrong offset. */
  readonly aheadMs: number | null
  /** Nothing before this is kept or judged any more. */
  readonly floorMs: number
  readonly participants: Readonly<Record<string, ParticipantState>>
  readonly tracks: Readonly<Record<string, TrackState>>
  /** Stream id → the track it is just now. */
  readonly streams: Readonly<Record<string, string>>
  readonly owners: Readonly<Record<string, OwnerState>>
  /** By owner, who is not known yet: recordings of which the log lost the beginning. Absent while there are none. */
  readonly lostBeginnings?: Readonly<Record<string, LostBeginnings>>
  readonly prompts: readonly OpenPrompt[]
  readonly gate: GateState
  /** Call hold: who holds since when, and what was held, joined. */
  readonly holding: Readonly<Record<string, number>>
  readonly held: IntervalSet
  readonly ending: { readonly atMs: number; readonly reason: string } | null
  readonly lateMs: number
}

export interface ParticipantState {
  readonly participant: Pick<Participant, 'participantId' | 'role' | 'userId' | 'platform'>
  readonly ownerId: string | null
  readonly joinedMs: number
  readonly leftMs: number | null
}

/** What the ledger says of an owner whose recording the log lost. */
export const LOG_LOST = { reason: 'log-lost', behavior: 'none' } as const

export interface TrackState extends Track {
  /** How often the stream had changed before. */
  readonly generation: number
  readonly fromMs: number
  /** `null` while it goes on. */
  readonly toMs: number | null
  /** Samples at or above the floor that have come. */
  readonly received: IntervalSet
  /** Samples below the floor that never came. */
  readonly gaps: IntervalSet
  readonly floorSample: number
  /** Where the publisher says it ends; nothing after it is waited for. */
  readonly finalSample: number | null
}

export interface OpenPrompt {
  readonly promptId: string
  readonly prompt: PromptKind
  readonly atMs: number
  readonly expiresAtMs: number | null
  readonly deadlineMs: number
}

/** The publisher's gate. `waiting`: owners whose pause may be told only once it is shut, and the prompt that tells it. */
export interface GateState {
  readonly state: 'open' | 'closing' | 'shut' | 'opening'
  readonly sequence: number
  readonly askedMs: number
  readonly deadlineMs: number
  readonly waiting: readonly { readonly ownerId: string; readonly prompt: PromptKind | null }[]
}

export interface OwnerState {
  readonly ownerId: string
  readonly policy: Policy
  readonly participantIds: readonly string[]
  readonly machine: OwnerMachine
  /** Call time of the last accepted transition: an earlier control can't go behind it. */
  readonly sinceMs: number
  /** How many recordings were started. */
  readonly ordinal: number
  /** Recordings with something unsealed; the last one is live while its `endedMs` is `null`. */
  readonly recordings: readonly RecordingState[]
  /** Call time of the next repeat tone while recording. */
  readonly toneDueMs: number | null
  /** Recording time that was left until the next tone when the recording was paused. */
  readonly toneLeftMs: number | null
  readonly icon: IconState
  /** The user pressed record in the mode that keeps only on request. */
  readonly keepRequested: boolean
  /** What the ledger will say, as far as it is known. */
  readonly recorded: boolean
  readonly notKept: boolean
  readonly failure: { readonly reason: FailureReason; readonly behavior: string } | null
  /** What the log lost of a recording that went on, from its end to where the call goes on (`null` until it does): told by the owner's next. Absent else. */
  readonly loss?: { readonly fromMs: number; readonly toMs: number | null } | undefined
}

/** `ordinal`: that of the last one. `recorded`: something of them is kept. `kept`: one of them was to be kept, be it that nothing of it is left. */
export interface LostBeginnings {
  readonly ordinal: number
  readonly recorded: boolean
  readonly kept?: true
}

/** What the owner's phone shows; `number` is that of the command that said so, 0 while none did. */
export interface IconState {
  readonly indicator: 'recording' | 'paused' | 'off'
  readonly number: number
  readonly atMs: number
}

export type OwnerMachine =
  | { readonly kind: 'excluded'; readonly reason: ExclusionReason }
  | { readonly kind: 'standby' }
  /** Waits for a prompt to finish or for the publisher's gate to open; capture begins then, not before `fromMs`. */
  | {
      readonly kind: 'announcing'
      readonly before: 'start' | 'resume'
      readonly stage: 'prompt' | 'gate'
      readonly promptId: string | null
      readonly fromMs: number
      /** Paused since, when before a resume. */
      readonly pausedMs: number
      /** The user paused while the start announcement was playing; never before a resume. */
      readonly pauseAfter: boolean
    }
  | { readonly kind: 'recording' }
  | { readonly kind: 'paused'; readonly sinceMs: number }
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** `was`: what to go back to when a call thought to be over goes on. `starting-paused`: paused while the start was being announced. */
  | { readonly kind: 'ended'; readonly was: 'standby' | 'starting' | 'starting-paused' | 'recording' | 'resuming' | 'paused' | 'over' }

export interface RecordingState {
  readonly recordingId: string
  readonly ordinal: number
  readonly kept: boolean
  readonly format: AudioFormat
  /** Captured and not yet sealed; only the last may be open-ended. */
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number | null }[]
  readonly sealedMs: number
  readonly nextIndex: number
  /** Since the last seal. */
  readonly paused: readonly CallSpan[]
  readonly marks: readonly Mark[]
  readonly endedMs: number | null
  readonly endReason: string | null
  readonly totals: RecordingTotals
}

/** The recording an owner is making just now, if any. */
export function liveRecording(owner: OwnerState): RecordingState | null {
  const last = owner.recordings.at(-1)
  return last !== undefined && last.endedMs === null ? last : null
}
