import type { BrakeLimits } from '@twinreel/recording/brake'
import type { Catalog } from '@twinreel/catalog/open'
import type { CallPlan } from '@twinreel/simulator/plan'
import type { Truth as CallTruth } from '@twinreel/oracle/truth-files'
import type { RunReport } from '@twinreel/retention/run'
import type { LogFields } from '@twinreel/service/log-fields'
import type { ProcessKind, Truth } from '../engine/types.ts'
import type { MarkedSpeech } from './marked-speech.ts'
import type { WorldPlan } from './draw-world.ts'

/** A call as it really was. */
export interface TrueCall {
  plan: CallPlan
  truth: CallTruth
  /** All that was sent, by the number of the stream in `truth.streams`. */
  spoken: readonly Uint8Array[]
}

/** Something an administrator did. In between it may have happened, or not. */
export interface AdminAct {
  act:
    | { kind: 'tier'; userId: string; tier: string }
    | { kind: 'hold'; subject: 'user' | 'recording'; subjectId: string; number: number }
    | { kind: 'release'; number: number }
    | { kind: 'off'; userId: string }
    /** All of these at once, by a plan that was confirmed. */
    | { kind: 'planned'; userIds: readonly string[]; tier: string }
    | { kind: 'delete'; recordingId: string }
    | { kind: 'restore'; recordingId: string }
    | { kind: 'erase'; userId: string }
    /** A halt of the organization. */
    | { kind: 'confirm'; orgId: string; count: number }
  startedMs: number
  /** `null` while it is under way. */
  ackedMs: number | null
}

export interface Put {
  process: string
  key: string
  sha256: string
  body: Uint8Array
  /** When its process asked for it. */
  askedMs: number
  atMs: number
  isLate: boolean
}

export interface Claim {
  recordingId: string
  atMs: number
  /** What the administrator had been told by then that it was done, and what was under way: done already, or not yet. */
  acked: readonly AdminAct[]
  underWay: readonly AdminAct[]
}

/** A recorder begins to write an object. */
export interface BegunPut {
  process: string
  key: string
  atMs: number
}

/** What the log forgot although somebody may still have needed it. */
export interface Trim {
  atMs: number
  partition: number
  beforeOffset: number
  /** What was committed by then. */
  checkpoint: Checkpoint | null
}

export interface RetentionRun {
  name: string
  /** When it halts for an organization. */
  limits: Pick<BrakeLimits, 'recordings' | 'share'>
  startedMs: number
  endedMs: number
  /** `null`: it was killed, or failed. */
  report: RunReport | null
}

/** One position in a call's log up to which everything must be durable, as the catalog said it just then. */
export interface Checkpoint {
  atMs: number
  process: string
  partition: number
  epoch: number
  safeOffset: number
  /** Everything that is asked below it was asked, as the catalog has it. */
  performedOffset: number
  /** Of all commands in the log, in order: how many were there by then. */
  commandsKnown: number
  sessions: readonly { callId: string; offset: number; endedOffset: number | null }[]
  /** Of all segments' rows, in order: how many were there by then. */
  segmentsKnown: number
}

export interface Takeover {
  partition: number
  process: string
  atMs: number
  /** Recordings that went on then, of calls of which the log no longer held what was not durable. */
  lost: readonly string[]
}

export interface SegmentFact {
  recordingId: string
  index: number
  key: string
  sha256: string
  fromMs: number
  toMs: number
}

/** All that the checkers look at, once the world is quiet. */
export interface Evidence {
  seed: number
  world: WorldPlan
  calls: readonly TrueCall[]
  speech: MarkedSpeech
  /** The engines as they really are. */
  truth: Truth
  catalog: Catalog
  puts: readonly Put[]
  begunPuts: readonly BegunPut[]
  deletions: readonly { process: string; key: string; atMs: number }[]
  checkpoints: readonly Checkpoint[]
  segments: readonly SegmentFact[]
  /** Ids of the commands in the log, as they came. */
  commands: readonly string[]
  /** Who took a partition over, and when. */
  takeovers: readonly Takeover[]
  acts: readonly AdminAct[]
  claims: readonly Claim[]
  runs: readonly RetentionRun[]
  logLines: readonly { process: string; kind: ProcessKind; level: string; fields: LogFields; message: string }[]
  /** Lives of recorders. */
  lives: number
  /** Log positions that were taken away from under the recorders. */
  trimmed: readonly Trim[]
  nowMs: number
}

export interface Violation {
  check: string
  message: string
}
