import type { CallEventData } from '@twinreel/contracts/call-events'
import type { OrgRules, Settings } from '@twinreel/recording/settings'
import type { Tier } from '@twinreel/recording/retention'
import type { AudioClaim } from './audio-claims.ts'
import type { CallFact, OwnerFact } from './expected-lines.ts'
import type { Speech } from './speech-lines.ts'
import type { TimelineLine } from './timeline.ts'

/** A scenario as it is meant: every default filled in, every line read. Lines of the file count from 1. */
export interface Scenario {
  name: string
  file: string
  line: number
  description: string | null
  tags: readonly string[]
  generated: { by: string; seed: number | null } | null
  seed: number
  rules: Partial<OrgRules>
  users: readonly ScenarioUser[]
  /** Every end that a call can have, users' own among them, by name. */
  parties: ReadonlyMap<string, Party>
  faults: ScenarioFaults
  calls: readonly ScenarioCall[]
  tolerances: Tolerances
}

export interface ScenarioUser {
  name: string
  displayName: string
  number: string
  ownerType: 'user' | 'workspace' | 'virtual-line'
  tier: Tier
  /** `null`: nobody switched recording on. */
  settings: Settings | null
}

export interface Party {
  name: string
  /** Whose end it is; `null` for somebody outside. */
  user: string | null
  number: string | null
  displayName: string | null
  deviceId: string | null
  codec: 'PCMU' | 'PCMA' | 'L16'
  sampleRateHz: 8_000 | 16_000
  /** In order; outside of them the party is silent. */
  speech: readonly Speech[]
}

export interface ScenarioFaults {
  loss: number
  duplicate: number
  reorder: number
  lostEnd: boolean
  delayMs: number
  jitterMs: number
  clockSkewMs: number
}

export interface ScenarioCall {
  name: string
  line: number
  from: string
  to: readonly string[]
  type: NonNullable<CallEventData<'call.started'>['callType']> | 'unknown'
  direction: 'inbound' | 'outbound' | 'internal'
  ringMs: number
  startsMs: number
  platform: { prompts: 'obeys' | 'none'; gate: boolean; indicator: boolean }
  redirections: readonly { by?: string | undefined; from: string; to: string; reason: string }[]
  dialledDigits: string | null
  location: string | null
  relatedTo: { call: string; reason: string } | null
  timeline: readonly (TimelineLine & { line: number; text: string })[]
  expected: ExpectedCall | null
}

export interface ExpectedCall {
  call: readonly Line<CallFact>[]
  /** Whether these lines are all there is to tell of the call: without any, nobody hears, refuses or is asked anything. */
  isWholeCall: boolean
  owners: readonly ExpectedOwner[]
}

export interface Line<T> {
  line: number
  text: string
  means: T
}

export type ExpectedOutcome = { outcome: 'recorded' | 'nothing'; reason: null } | { outcome: 'excluded' | 'failed'; reason: string }
export type ExpectedDue = { kind: 'never' | 'at-the-end' } | { kind: 'after-the-end'; afterMs: number }

export interface ExpectedOwner {
  owner: string
  line: number
  outcome: Line<ExpectedOutcome> | null
  due: Line<ExpectedDue> | null
  timeline: readonly Line<OwnerFact>[] | null
  /** `null`: it is not said. */
  includes: readonly Line<OwnerFact>[] | null
  audio: readonly Line<AudioClaim>[]
}

/** How far a run in real time may be off, and why. */
export interface Tolerances {
  timeMs: { within: number; because: string }
  levelDb: { within: number; because: string }
  correlation: { atLeast: number; because: string }
}

/** When the recorder of a scenario is replaced, call by call. */
export function restartsOf({ calls }: Scenario): { call: string; atMs: number; losesLog: boolean }[] {
  return calls.flatMap(({ name, timeline }) =>
    timeline.flatMap(({ atMs, happening }) => (happening.do === 'recorder-restarts' ? [{ call: name, atMs, losesLog: happening.losesLog }] : [])),
  )
}

/** When the recorder of a scenario must have noticed by its own clock that a call is silent, call by call. */
export function silencesOf({ calls }: Scenario): { call: string; atMs: number }[] {
  return calls.flatMap(({ name, timeline }) => timeline.flatMap(({ atMs, happening }) => (happening.do === 'recorder-notices' ? [{ call: name, atMs }] : [])))
}
