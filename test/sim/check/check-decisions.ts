import type { CallState } from '@twinreel/recording/session/state'
import type { HeardStream } from '@twinreel/oracle/call-audio'
import type { ExpectedRecording } from '@twinreel/oracle/expected-recordings'
import type { Span } from '@twinreel/oracle/spans'
import { outside } from '@twinreel/oracle/spans'
import type { Evidence, TrueCall, Violation } from '../world/evidence.ts'
import { expectedCall } from './expected-audio.ts'
import type { Reference } from './reference.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

/** How much later than it counts a key may be told, and a prompt asked for: publishers hold controls back, and a call's clock moves in seconds. */
const LATE_MS = 3_000

/**
 * What the fold decides, judged by another opinion than its own: by what was really said and pressed in the call, and by the rules as they are written down, in
 * a few lines each.
 */
export function checkDecisions(evidence: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  return evidence.calls.flatMap((call) => {
    const reference = references.get(call.truth.callId)
    if (reference === undefined || isAffectedByTrim(evidence, call.truth.callId)) return []
    const { recordings, streams } = expectedCall(call, evidence)
    const spans = recordings.flatMap((recording) => recording.spans)
    const wrong = [
      ...gateFaults(reference, spans),
      ...waitFaults(reference),
      ...toneFaults(reference, spans),
      ...repeatFaults(evidence, reference),
      ...outcomeFaults(reference, recordings),
      ...lossFaults(call, streams, reference, recordings),
    ]
    return wrong.map((message) => ({ check: 'decisions', message: `call ${call.truth.callId}: ${message}` }))
  })
}

function commandsOf({ effects }: Reference): { type: string; data: { atMs: number; sequence?: number; prompt?: string; eventId?: string }; offset: number }[] {
  return effects.flatMap(({ effect, record }) =>
    effect.kind === 'command' ? [{ type: effect.command.type, data: effect.command.data as { atMs: number }, offset: record.offset }] : [],
  )
}

/** The platform's gate is shut only while nobody's recording of the call may take audio. */
function gateFaults(reference: Reference, spans: readonly Span[]): string[] {
  const asked = commandsOf(reference).filter(({ type }) => type === 'gate.close' || type === 'gate.open')
  return asked.flatMap(({ type, data: { atMs, sequence } }, i) => {
    if (type === 'gate.open') return []
    const untilMs = asked[i + 1]?.data.atMs ?? Infinity
    const under = spans.find(([from, to]) => Math.min(to, untilMs) - Math.max(from, atMs) > LATE_MS)
    return under === undefined ? [] : [`gate ${sequence} is shut from ${atMs} to ${untilMs} ms, and from ${under[0]} to ${under[1]} ms somebody is recorded`]
  })
}

/** Who is to be recorded does not wait behind a gate that nobody asks to open. */
function waitFaults({ states }: Reference): string[] {
  const stuck = states.find(
    ({ state }) => state?.phase === 'answered' && (state.gate.state === 'shut' || state.gate.state === 'closing') && wanting(state).length > 0,
  )
  const state = stuck?.state ?? null
  if (stuck === undefined || state === null) return []
  return [`gate ${state.gate.sequence} is ${state.gate.state} behind position ${stuck.offset}, and ${wanting(state).join(', ')} is to be recorded`]
}

function wanting({ owners }: CallState): string[] {
  return Object.entries(owners)
    .filter(([, { machine }]) => machine.kind === 'recording' || (machine.kind === 'announcing' && machine.stage === 'gate'))
    .map(([ownerId]) => ownerId)
}

/** A repeat tone is for whoever is being recorded just then. */
function toneFaults(reference: Reference, spans: readonly Span[]): string[] {
  return commandsOf(reference)
    .filter(({ type, data }) => type === 'prompt.play' && data.prompt === 'tone')
    .filter(({ data: { atMs } }) => !spans.some(([from, to]) => from <= atMs && atMs <= to + LATE_MS))
    .map(({ data }) => `a tone at ${data.atMs} ms, when nobody was recorded`)
}

/** A message that comes again changes nothing and is not answered again. */
function repeatFaults({ truth }: Evidence, { callId, effects }: Reference): string[] {
  const first = new Map<string, number>()
  for (const { key, headers, offset } of truth.appended('calls')) {
    const name = `${headers['ce_source']} ${headers['ce_id']}`
    if (key === callId && !first.has(name)) first.set(name, offset)
  }
  return effects.flatMap(({ effect, record }) => {
    const isRepeat = first.get(`${record.headers['ce_source']} ${record.headers['ce_id']}`) !== record.offset
    if (!isRepeat || effect.kind !== 'command') return []
    return effect.command.type === 'event.handled'
      ? []
      : [`${effect.id} (${effect.command.type}) answers a message at position ${record.offset} that had come before`]
  })
}

/** Who has a recording that is kept is in the ledger as recorded, and nobody else. */
function outcomeFaults({ effects }: Reference, recordings: readonly ExpectedRecording[]): string[] {
  const outcomes = new Map(effects.flatMap(({ effect }) => (effect.kind === 'ledger' ? [[effect.ownerId, effect.outcome.outcome] as const] : [])))
  return [...outcomes].flatMap(([ownerId, outcome]) => {
    const isRecorded = recordings.some((one) => one.ownerId === ownerId && one.kept && one.spans.length > 0)
    return isRecorded === (outcome === 'recorded') ? [] : [`${ownerId} is ${outcome}, and ${isRecorded ? 'was' : 'was not'} recorded`]
  })
}

/** What was spoken and did not come is lost, of every stream that ought to have been heard, also behind a gate that nobody opened; what nobody sent during a call hold is not. */
function lossFaults({ truth }: TrueCall, streams: readonly HeardStream[], { effects }: Reference, recordings: readonly ExpectedRecording[]): string[] {
  const held = heldSpans(truth.events)
  return effects.flatMap(({ effect }) => {
    if (effect.kind !== 'recording.started') return []
    const ended = effects.find((one) => one.effect.kind === 'recording.ended' && one.effect.recordingId === effect.recordingId)?.effect
    const expected = recordings.find(({ ownerId, ordinal }) => ownerId === effect.ownerId && ordinal === effect.ordinal)
    if (ended?.kind !== 'recording.ended' || expected === undefined) return []
    const lost = expected.spans.flatMap((span) => streams.flatMap((stream) => lostWithin(stream, span, held)))
    const lostMs = lost.reduce((sum, [from, to]) => sum + to - from, 0)
    return ended.totals.lostMs === lostMs ? [] : [`recording ${effect.recordingId} lost ${ended.totals.lostMs} ms, by what was sent ${lostMs}`]
  })
}

/** In whole milliseconds, rounded outwards, as losses are told. */
function lostWithin({ stream: { firstSample, sampleCount, sampleRateHz }, heard }: HeardStream, span: Span, held: readonly Span[]): Span[] {
  const perMs = sampleRateHz / 1_000
  const [from, to] = [Math.max(span[0], firstSample / perMs), Math.min(span[1], (firstSample + sampleCount) / perMs)]
  const gone = outside(heard, firstSample, firstSample + sampleCount).map(([a, b]): Span => [Math.floor(a / perMs), Math.ceil(b / perMs)])
  const there = outside(gone, from, Math.max(from, to))
  return outside([...there, ...held], from, Math.max(from, to))
}

function heldSpans(events: TrueCall['truth']['events']): Span[] {
  const since = new Map<string, number>()
  const spans: Span[] = []
  for (const { type, atMs, data } of events) {
    const who = data.participantId ?? ''
    if (type === 'call.held' && !since.has(who)) since.set(who, atMs)
    const fromMs = since.get(who)
    if ((type !== 'call.retrieved' && type !== 'participant.left') || fromMs === undefined) continue
    spans.push([fromMs, atMs])
    since.delete(who)
  }
  return [...spans, ...[...since.values()].map((fromMs): Span => [fromMs, Number.MAX_SAFE_INTEGER])]
}
