import type { PromptKind } from '@twinreel/contracts/call-commands'
import { add, intersect, subtract, type IntervalSet } from '@twinreel/media/intervals'
import { gateShut } from '@twinreel/oracle/call-audio'
import type { CallTruth } from '@twinreel/simulator/truth'
import type { CompiledCall } from '../compile/plan.ts'
import type { ScenarioIds } from '../compile/ids.ts'
import type { Scenario, ScenarioUser } from '../language/scenario.ts'
import type { CallResult, OwnerResult, PartyResult, RecordingResult, Span } from '../result.ts'
import type { Evidence, FoundRecording } from './evidence.ts'
import { asked } from './facts.ts'

export interface CallFindings {
  compiled: CompiledCall
  truth: CallTruth
  evidence: Evidence
  ids: ScenarioIds
  peaks: ReadonlyMap<string, RecordingResult['peaks']>
  /** By participant id. */
  said: ReadonlyMap<string, PartyResult['said']>
}

/** What came of a call, without what was expected of it. */
export function callResult(scenario: Scenario, findings: CallFindings): CallResult {
  const { compiled, truth, evidence, ids } = findings
  const { call, plan } = compiled
  const lengthMs = Math.max(0, plan.actions.at(-1)?.atMs ?? 0, ...truth.events.filter(({ type }) => type === 'call.ended').map(({ atMs }) => atMs))
  const commands = evidence.commands.get(plan.callId) ?? []
  const parties = partiesOf(findings, scenario, lengthMs)
  const users = scenario.users.filter(({ name }) => parties.some(({ userId }) => userId === ids.userId(name)))
  return {
    name: call.name,
    callId: plan.callId,
    line: call.line,
    direction: call.direction,
    callType: call.type,
    timeZero: truth.events.some(({ type }) => type === 'call.answered') ? truth.timeZero : null,
    lengthMs,
    parties,
    story: call.timeline.map(({ atMs, text, line }) => ({ atMs, text, line })),
    prompts: truth.prompts.map(({ kind, fromMs, toMs }) => ({ prompt: kind as PromptKind, fromMs, toMs })),
    gateShut: gateShut(truth.events, lengthMs),
    releasedMs: commands.find((command) => command.type === 'call.release')?.data.atMs ?? null,
    rejected: commands.flatMap((command) =>
      command.type === 'control.rejected' && !users.some(({ name }) => ids.userId(name) === command.data.userId)
        ? [{ atMs: command.data.atMs, control: command.data.control, reason: command.data.reason }]
        : [],
    ),
    deadLetters: evidence.deadLetters.get(plan.callId) ?? [],
    owners: users.map((user) => ownerResult(user, findings, parties)),
    expectations: [],
  }
}

/** This owner's recordings of the call, in order. */
export function recordingsOf({ evidence, compiled, ids }: Pick<CallFindings, 'evidence' | 'compiled' | 'ids'>, owner: string): FoundRecording[] {
  return evidence.recordings.filter(({ callId, ownerId }) => callId === compiled.plan.callId && ownerId === ids.userId(owner))
}

function ownerResult(user: ScenarioUser, findings: CallFindings, parties: readonly PartyResult[]): OwnerResult {
  const { evidence, compiled, ids, peaks } = findings
  const { callId } = compiled.plan
  const userId = ids.userId(user.name)
  const entry = evidence.ledger.find((one) => one.callId === callId && one.ownerId === userId)
  const recordings = recordingsOf(findings, user.name)
  const mine = parties.filter((party) => party.userId === userId)
  const here: IntervalSet = mine.reduce<IntervalSet>((set, { joinedMs, leftMs }) => add(set, joinedMs, leftMs), [])
  return {
    owner: user.name,
    mode: user.settings?.mode ?? null,
    tier: user.tier,
    outcome: entry?.outcome ?? 'nothing',
    reason: entry?.reason ?? null,
    band: bandOf(findings, { user, recordings, here, isRecordable: entry !== undefined && entry.outcome !== 'excluded' }),
    held: recordings.flatMap(({ manifest }) => manifest?.held ?? []),
    recordings: recordings.map((recording) => recordingResult(recording, peaks)),
    ...asked(evidence.commands.get(callId) ?? [], userId, (eventId) => findings.truth.events.find(({ id }) => id === eventId)?.atMs ?? null),
    expectations: [],
  }
}

const NO_PEAKS: RecordingResult['peaks'] = { bucketMs: 100, left: [], right: [] }

function recordingResult(recording: FoundRecording, peaks: CallFindings['peaks']): RecordingResult {
  const { recordingId, ordinal, kept, endReason, manifest, dueAtMs, endedLogMs, segments, sizeBytes } = recording
  return {
    recordingId,
    ordinal,
    kept,
    endReason,
    format: manifest?.format ?? null,
    captured: manifest?.captured ?? segments.map(({ fromMs, toMs }): Span => [fromMs, toMs]),
    paused: manifest?.paused ?? [],
    held: manifest?.held ?? [],
    lost: (manifest?.lost ?? []).map(({ channel, fromMs, toMs }) => ({ channel, fromMs, toMs })),
    prompts: (manifest?.events ?? []).flatMap(({ what }) =>
      what.kind === 'prompt' ? [{ prompt: what.prompt as PromptKind, outcome: what.outcome, fromMs: what.fromMs, toMs: what.toMs }] : [],
    ),
    dueAt: dueAtMs === null ? null : new Date(dueAtMs).toISOString(),
    dueAfterMs: dueAtMs === null || endedLogMs === null ? null : dueAtMs - endedLogMs,
    segments: segments.length,
    sizeBytes,
    peaks: peaks.get(recordingId) ?? NO_PEAKS,
  }
}

/** Who was in the answered call, from when to when. */
function partiesOf({ truth, compiled, ids, said }: CallFindings, scenario: Scenario, lengthMs: number): PartyResult[] {
  const { plan, partyOf } = compiled
  const answered = truth.events.some(({ type }) => type === 'call.answered')
  if (!answered) return []
  const moments = (type: string): Map<string, number> =>
    new Map(
      truth.events.flatMap(({ type: found, atMs, data }) => {
        const about = data as { participantId?: string; participant?: { participantId: string } }
        return found === type ? [[about.participantId ?? about.participant?.participantId ?? '', atMs] as const] : []
      }),
    )
  const [joined, left] = [moments('participant.joined'), moments('participant.left')]
  const mailbox = plan.answeredBy.kind === 'voicemail' ? (plan.answeredBy.userId ?? null) : null
  return truth.participants
    .filter(({ participantId, role }) => role === 'originating' || participantId === plan.answeredBy.participantId || joined.has(participantId))
    .map(({ participantId, userId: ownId, role }) => {
      const userId = participantId === plan.answeredBy.participantId ? (mailbox ?? ownId) : ownId
      return {
        name: partyOf.get(participantId) ?? ids.userName(participantId),
        participantId,
        userId,
        user: scenario.users.find(({ name }) => ids.userId(name) === userId)?.name ?? null,
        role: role as PartyResult['role'],
        joinedMs: joined.get(participantId) ?? 0,
        leftMs: left.get(participantId) ?? lengthMs,
        said: said.get(participantId) ?? { bucketMs: NO_PEAKS.bucketMs, levels: [] },
      }
    })
}

/** The owner's states one after the other; what no recording explains is waiting for an announcement, for a key, or nothing. */
function bandOf(
  { truth }: CallFindings,
  { user, recordings, here, isRecordable }: { user: ScenarioUser; recordings: readonly FoundRecording[]; here: IntervalSet; isRecordable: boolean },
): OwnerResult['band'] {
  const of = (spans: readonly Span[]): IntervalSet => spans.reduce<IntervalSet>((set, [from, to]) => add(set, from, to), [])
  const captured = of(recordings.flatMap(({ manifest }) => manifest?.captured ?? []))
  const paused = of(recordings.flatMap(({ manifest }) => manifest?.paused ?? []))
  const announced = isRecordable ? of(truth.prompts.filter(({ kind }) => kind === 'recording-started').map(({ fromMs, toMs }): Span => [fromMs, toMs])) : []
  const idle = user.settings?.mode === 'on-demand-user-start' && isRecordable ? 'standby' : 'not-recorded'
  const band: OwnerResult['band'][number][] = []
  const put = (state: OwnerResult['band'][number]['state'], spans: IntervalSet): void =>
    void band.push(...spans.map(([fromMs, toMs]) => ({ state, fromMs, toMs })))
  let rest = here
  for (const [state, spans] of [
    ['recording', captured],
    ['paused', paused],
    ['announcing', announced],
  ] as const) {
    put(
      state,
      spans.flatMap(([from, to]) => intersect(rest, from, to)),
    )
    rest = spans.reduce((left, [from, to]) => subtract(left, from, to), rest)
  }
  put(idle, rest)
  return band.toSorted((a, b) => a.fromMs - b.fromMs)
}
