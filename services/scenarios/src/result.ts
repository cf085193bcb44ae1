import type { PromptKind, RejectionReason } from '@twinreel/contracts/call-commands'
import type { PromptOutcome } from './language/expected-lines.ts'
import type { Tolerances } from './language/scenario.ts'
import type { ControlName } from './language/timeline.ts'

/** Call time in milliseconds, half-open. */
export type Span = readonly [fromMs: number, toMs: number]

/** A run of scenarios: JSON as it stands, and enough to tell everything about it without looking anywhere else. */
export interface RunResult {
  mode: 'virtual' | 'realtime'
  /** What `--seed` said; without, each scenario has its own. */
  seed: number | null
  shard: { index: number; of: number } | null
  tags: readonly string[]
  seconds: number
  passed: number
  failed: number
  broken: number
  scenarios: readonly ScenarioResult[]
}

export interface ScenarioResult {
  name: string
  /** As it was given on the command line. */
  file: string
  line: number
  description: string | null
  tags: readonly string[]
  generated: boolean
  seed: number
  /** `broken`: it could not be run to its end, so nothing is known; `problem` says why. */
  status: 'passed' | 'failed' | 'broken'
  problem: string | null
  seconds: number
  /** The command that runs it again. */
  rerun: string
  /** `null` in virtual time, which is exact. */
  tolerances: Tolerances | null
  calls: readonly CallResult[]
}

export interface CallResult {
  /** As the file names it: `call` when there is only one. */
  name: string
  callId: string
  line: number
  direction: string
  callType: string
  /** ISO 8601 UTC; `null` when nobody answered. */
  timeZero: string | null
  lengthMs: number
  parties: readonly PartyResult[]
  /** The timeline as it stands in the file. */
  story: readonly { atMs: number; text: string; line: number }[]
  /** What everybody in the call heard beside each other. */
  prompts: readonly { prompt: PromptKind; fromMs: number; toMs: number }[]
  /** When the platform's gate was shut. */
  gateShut: readonly Span[]
  releasedMs: number | null
  /** Refused keys of people who are no owners of this call. */
  rejected: OwnerResult['rejected']
  deadLetters: readonly { reason: string; detail: string }[]
  owners: readonly OwnerResult[]
  /** Of the call as a whole. */
  expectations: readonly ExpectationResult[]
}

export interface PartyResult {
  name: string
  participantId: string
  userId: string | null
  /** The user of the file whom it is; `null` for nobody's. */
  user: string | null
  role: 'originating' | 'terminating'
  joinedMs: number
  leftMs: number
  /** For a picture: the loudest sample that was said in each bucket of call time, lost ones too; `null` where nothing was sent. */
  said: { bucketMs: number; levels: readonly (number | null)[] }
}

export interface OwnerResult {
  owner: string
  mode: string | null
  tier: string
  /** `nothing`: the ledger does not know of it. */
  outcome: 'recorded' | 'excluded' | 'failed' | 'nothing'
  reason: string | null
  /** The owner's state over the call, without holes, from the answer (or joining) to the end (or leaving). */
  band: readonly { state: 'standby' | 'announcing' | 'recording' | 'paused' | 'not-recorded'; fromMs: number; toMs: number }[]
  held: readonly Span[]
  recordings: readonly RecordingResult[]
  rejected: readonly { atMs: number; control: ControlName; reason: RejectionReason }[]
  icons: readonly { atMs: number; icon: 'recording' | 'paused' | 'off' }[]
  expectations: readonly ExpectationResult[]
}

export interface RecordingResult {
  recordingId: string
  ordinal: number
  kept: boolean
  endReason: string | null
  format: { codec: string; sampleRateHz: number } | null
  captured: readonly Span[]
  paused: readonly Span[]
  held: readonly Span[]
  lost: readonly { channel: 'near' | 'far'; fromMs: number; toMs: number }[]
  prompts: readonly { prompt: PromptKind; outcome: PromptOutcome; fromMs: number; toMs: number }[]
  /** ISO 8601 UTC; `null` if it stays. */
  dueAt: string | null
  /** Milliseconds from its end until it is due; `null` if it stays. */
  dueAfterMs: number | null
  segments: number
  sizeBytes: number
  /** For a picture: the loudest sample of each bucket of call time, 0 to 1, from the answer on; `null` where nothing was captured. */
  peaks: { bucketMs: number; left: readonly (number | null)[]; right: readonly (number | null)[] }
}

/** One thing that was expected, by the file or because it always is. */
export interface ExpectationResult {
  met: boolean
  /** In which part of it: `audio` also stands for the comparison with what was truly said, which every scenario has. */
  about: 'outcome' | 'due' | 'timeline' | 'audio' | 'call'
  /** The line of the file; `null` for what is always expected, and for what came unexpectedly. */
  line: number | null
  /** What was expected; `null` for what came and was not. */
  expected: string | null
  /** What came instead; `null` for nothing. */
  got: string | null
  /** Where in the call; `null` for what has no moment. */
  atMs: number | null
  /** The file with the difference, below `--out`; `null` where there is none. */
  differenceWav: string | null
}
