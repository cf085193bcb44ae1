import type { Codec } from '@twinreel/media/format'
import type { IntervalSet } from '@twinreel/media/intervals'
import { note, type CallFindings } from './findings.ts'
import type { Code } from './rules.ts'
import type { Told } from './told.ts'

/** What is remembered of a stream; offsets in its own rate. */
export interface StreamWatch {
  readonly streamId: string
  readonly participantIds: readonly string[]
  readonly codec: Codec
  readonly sampleRateHz: number
  /** Where it began, on the call's clock. */
  readonly fromMs: number
  /** How far its clock has come, runs of no samples included. */
  clock: number
  /** Behind its last sample. */
  sampleEnd: number
  /** Left out so far; the last of them. */
  gaps: IntervalSet
  /** A run was refused as too far ahead: the next may go on from here. */
  ahead: number | null
  runs: number
  /** Publisher's time and stream's clock, both in ms, at the first and the last message. */
  pace: { firstMs: number; firstAudioMs: number; lastMs: number; lastAudioMs: number } | null
  /** How rough the samples are, read as big-endian and as little-endian. */
  roughness: { big: number; little: number; samples: number }
}

/** A command that is to be answered. */
export interface Asked {
  /** Since when on the call's clock. A command says when it means, which lies long before the asking where a key was dated back, or ahead of it. */
  sinceMs: number
  readonly appendedMs: number | null
  readonly position: string
  /** It was read behind what was appended after it: how far the call had come then is not known. */
  readonly isBehind: boolean
}

/** When a command was answered: on the call's clock, and on the log's. */
export interface Answer {
  readonly atMs: number
  readonly appendedMs: number | null
  readonly id: string
  readonly position: string
}

/** What is remembered of one call; everything in it is bounded. */
export interface CallWatch {
  readonly callId: string
  phase: 'unseen' | 'started' | 'answered' | 'ended'
  /** Its first messages may lie before what was read. */
  isPartial: boolean
  /** Something was encrypted: what audio there was can't be told. */
  isSealed: boolean
  /** A recorder took it for over, and nothing came since. */
  isIdleEnded: boolean
  readonly found: CallFindings
  readonly numbers: Set<string>
  readonly ids: Map<number, number>
  readonly partitions: Set<number>
  sources: string[]
  readonly participants: Map<string, { isKnown: boolean; leftMs: number | null }>
  /** Who holds the call, since when on its clock; and what was held, the last of it. */
  readonly holding: Map<string, number>
  held: IntervalSet
  readonly streams: Map<string, StreamWatch>
  isAnyKnown: boolean
  timeZeroMs: number | null
  answererId: string | null
  answeredAt: { id: string; position: string } | null
  /** The media clock. */
  clockMs: number
  lastAtMs: number
  lastTimeMs: number | null
  /** When the call last said something, by the clock that both messages have. */
  lastHeard: { timeMs: number | null; appendedMs: number | null } | null
  lastAppendedMs: number | null
  earlyMedia: { id: string; position: string } | null
  gate: { closedMs: number | null; shut: readonly [number, number] | null }
  readonly prompts: Map<string, Asked>
  readonly finished: Map<string, Answer>
  readonly gates: Map<number, Asked>
  readonly gatesAnswered: Map<number, Answer>
  /** Of these it is not known yet how far the call had come. */
  readonly early: Asked[]
  /** The latest timer of a recorder, on the call's clock. */
  lastTimerMs: number
  /** `single`: of one stream, after one of another. */
  batches: { audio: number; spanMs: number; single: number; several: number; lastSingle: string | null }
  /** The last message that was read. */
  last: { id: string; position: string }
}

export function createCallWatch(callId: string, isPartial: boolean): CallWatch {
  return {
    callId,
    phase: 'unseen',
    isPartial,
    isSealed: false,
    isIdleEnded: false,
    found: new Map(),
    numbers: new Set(),
    ids: new Map(),
    partitions: new Set(),
    sources: [],
    participants: new Map(),
    holding: new Map(),
    held: [],
    streams: new Map(),
    isAnyKnown: false,
    timeZeroMs: null,
    answererId: null,
    answeredAt: null,
    clockMs: 0,
    lastAtMs: 0,
    lastTimeMs: null,
    lastHeard: null,
    lastAppendedMs: null,
    earlyMedia: null,
    gate: { closedMs: null, shut: null },
    prompts: new Map(),
    finished: new Map(),
    gates: new Map(),
    gatesAnswered: new Map(),
    early: [],
    lastTimerMs: 0,
    batches: { audio: 0, spanMs: 0, single: 0, several: 0, lastSingle: null },
    last: { id: '', position: '' },
  }
}

/** Breaks a rule at an event. */
export function blame(call: CallWatch, code: Code, at: { id: string; position: string }, detail: Told): void {
  note(call.found, code, { callId: call.callId, eventId: at.id === '' ? null : at.id, position: at.position, detail })
}

/** Keeps a map to so many entries; the oldest go. */
export function bounded<K, V>(map: Map<K, V>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
