import type { CallCommand } from '@twinreel/contracts/call-commands'
import type { PromptKind } from '@twinreel/contracts/call-commands'
import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import type { CallFact, OwnerFact, Series } from '../language/expected-lines.ts'
import type { CallResult, OwnerResult } from '../result.ts'
import type { FoundRecording } from './evidence.ts'

/** Everything there is to tell of one owner, in the order of a readable timeline. `partyName` names participants. */
export function ownerFacts(
  owner: Pick<OwnerResult, 'rejected' | 'icons'>,
  recordings: readonly FoundRecording[],
  partyName: (participantId: string) => string,
): OwnerFact[] {
  const ofRecordings = recordings.flatMap((recording) => recordingFacts(recording, partyName))
  const prompts = ofRecordings.filter((fact) => fact.kind === 'prompt')
  const others = ofRecordings.filter((fact) => fact.kind !== 'prompt')
  return inOrder([
    ...others,
    ...inSeries(prompts, (fact) => `${fact.prompt} ${fact.outcome}`),
    ...owner.rejected.map(({ atMs, control, reason }): OwnerFact => ({ kind: 'rejected', atMs, control, reason })),
    ...owner.icons.map(({ atMs, icon }): OwnerFact => ({ kind: 'icon', atMs, icon })),
  ])
}

/** Everything there is to tell of a call as a whole. */
export function callFacts({
  prompts,
  gateShut,
  releasedMs,
  rejected,
  deadLetters,
  lengthMs,
}: Pick<CallResult, 'prompts' | 'gateShut' | 'releasedMs' | 'rejected' | 'deadLetters' | 'lengthMs'>): CallFact[] {
  const heard = prompts.map(({ prompt, fromMs, toMs }) => ({ kind: 'heard' as const, prompt, fromMs, toMs, times: 1, everyMs: 0 }))
  const letters = Map.groupBy(deadLetters, ({ reason }) => reason)
  return [
    ...inOrder<CallFact>([
      ...inSeries(heard, ({ prompt }) => prompt),
      ...gateShut.flatMap(([fromMs, toMs]): CallFact[] => [
        { kind: 'gate', atMs: fromMs, gate: 'shut' },
        ...(toMs < lengthMs ? [{ kind: 'gate', atMs: toMs, gate: 'opened' } as const] : []),
      ]),
      ...(releasedMs === null ? [] : [{ kind: 'released', atMs: releasedMs } as const]),
      ...rejected.map(({ atMs, control, reason }) => ({ kind: 'rejected', atMs, control, reason }) as const),
    ]),
    ...[...letters].map(([reason, all]): CallFact => ({ kind: 'dead-letters', reason: reason as DeadLetterReason, times: all.length })),
  ]
}

function recordingFacts({ manifest, ordinal: recording, published }: FoundRecording, partyName: (participantId: string) => string): OwnerFact[] {
  const told = published.map(({ event, atMs }): OwnerFact => ({ kind: 'published', event, atMs, recording }))
  if (manifest === null) return told
  return [
    ...told,
    ...manifest.captured.map(([fromMs, toMs]): OwnerFact => ({ kind: 'captured', fromMs, toMs, recording })),
    ...manifest.paused.map(([fromMs, toMs]): OwnerFact => ({ kind: 'paused', fromMs, toMs, recording })),
    ...manifest.held.map(([fromMs, toMs]): OwnerFact => ({ kind: 'held', fromMs, toMs })),
    ...manifest.lost.map(({ channel, fromMs, toMs }): OwnerFact => ({ kind: 'lost', channel, fromMs, toMs })),
    ...manifest.events.flatMap(({ atMs, what }): OwnerFact[] => {
      switch (what.kind) {
        case 'prompt':
          return [{ kind: 'prompt', prompt: what.prompt as PromptKind, outcome: what.outcome, fromMs: what.fromMs, toMs: what.toMs, times: 1, everyMs: 0 }]
        case 'kept':
        case 'gate-unanswered':
          return [{ kind: what.kind, atMs }]
        case 'ended':
          return [{ kind: 'ended', atMs, reason: what.reason, recording }]
        case 'joined':
        case 'left':
          return [{ kind: what.kind, atMs, who: partyName(what.participantId) }]
        case 'control-late':
          return [{ kind: 'control-late', atMs, control: what.control as 'pause', askedMs: what.askedMs }]
        case 'late-audio':
          return [{ kind: 'late-audio', fromMs: what.fromMs, toMs: what.toMs, who: partyName(what.streamId) }]
        case 'log-lost':
          return [{ kind: 'log-lost', fromMs: what.fromMs, toMs: what.toMs }]
        // Intervals say the same.
        case 'started':
        case 'paused':
        case 'resumed':
        case 'held':
        case 'retrieved':
          return []
      }
    }),
  ]
}

const SERIES_FROM = 3

/** Prompts that come at even distances become one line, from three on. */
function inSeries<F extends Series>(facts: readonly F[], nameOf: (fact: F) => string): F[] {
  return [...Map.groupBy(facts, nameOf).values()].flatMap((same) => {
    const series: F[] = []
    for (let first = 0; first < same.length;) {
      const head = same[first]
      const everyMs = (same[first + 1]?.fromMs ?? 0) - (head?.fromMs ?? 0)
      let after = first + 1
      while (after < same.length && isNext(same[after - 1], same[after], everyMs)) after++
      if (head !== undefined && after - first >= SERIES_FROM) series.push({ ...head, times: after - first, everyMs })
      else series.push(...same.slice(first, (after = first + 1)))
      first = after
    }
    return series
  })
}

function isNext(before: Series | undefined, next: Series | undefined, everyMs: number): boolean {
  if (before === undefined || next === undefined) return false
  return next.fromMs - before.fromMs === everyMs && next.toMs - next.fromMs === before.toMs - before.fromMs
}

const KIND_ORDER: readonly (OwnerFact | CallFact)['kind'][] = [
  'rejected',
  'control-late',
  'joined',
  'left',
  'prompt',
  'heard',
  'captured',
  'paused',
  'kept',
  'held',
  'lost',
  'icon',
  'published',
  'gate',
  'gate-unanswered',
  'late-audio',
  'log-lost',
  'released',
  'ended',
  'dead-letters',
]

function inOrder<F extends OwnerFact | CallFact>(facts: readonly F[]): F[] {
  return facts.toSorted((a, b) => (momentOf(a) ?? Infinity) - (momentOf(b) ?? Infinity) || KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind))
}

/** When in the call, or `null` for what has no moment. */
export function momentOf(fact: OwnerFact | CallFact): number | null {
  if ('fromMs' in fact) return fact.fromMs
  return 'atMs' in fact ? fact.atMs : null
}

/** What of the commands of a call concerns one user. A key is told at the time when it was pressed, which `pressedMs` knows by its event. */
export function asked(
  commands: readonly CallCommand[],
  userId: string,
  pressedMs: (eventId: string) => number | null,
): Pick<OwnerResult, 'rejected' | 'icons'> {
  return {
    rejected: commands.flatMap((command) =>
      command.type === 'control.rejected' && command.data.userId === userId
        ? [{ atMs: pressedMs(command.data.eventId) ?? command.data.atMs, control: command.data.control, reason: command.data.reason }]
        : [],
    ),
    icons: commands.flatMap((command) =>
      command.type === 'indicator.update' && command.data.userId === userId ? [{ atMs: command.data.atMs, icon: command.data.indicator }] : [],
    ),
  }
}
