import { retentionVerdict, type RetentionFacts, type RetentionVerdict } from './retention.ts'

/** What happened to a recording, or to its owner, that retention looks at. Times are milliseconds UTC. */
export type RetentionEvent = { atMs: number } & (
  | { kind: 'tier'; tier: string }
  | { kind: 'started' }
  | { kind: 'ended'; notKept: boolean }
  | { kind: 'hold-placed' | 'hold-released'; holdId: string }
  | { kind: 'deletion-requested'; deletionId: string; dueAtMs: number }
  | { kind: 'deletion-restored'; deletionId: string }
  | { kind: 'claimed' }
  | { kind: 'purged' }
  | { kind: 'certified' }
)

/** `deleting`: it was claimed, and nothing keeps it any more. */
export type VerdictThen = RetentionVerdict | { kind: 'deleting' }

export interface HistoryEntry<E> {
  event: E
  /** What the rule said from then on, until the next entry. */
  after: VerdictThen
}

/** Of what happened in the same millisecond: causes before what they led to. */
const ORDER: readonly RetentionEvent['kind'][] = [
  'tier',
  'hold-placed',
  'hold-released',
  'started',
  'ended',
  'deletion-requested',
  'deletion-restored',
  'claimed',
  'purged',
  'certified',
]

interface State {
  endedAtMs: number | null
  notKept: boolean
  tier: RetentionFacts['tier']
  holds: ReadonlySet<string>
  deletion: { deletionId: string; dueAtMs: number } | null
  isClaimed: boolean
}

/** A recording's life in the order of time, in whatever order it is told, and after each event what the rule made of it. */
export function retentionHistory<E extends RetentionEvent>(events: readonly E[]): HistoryEntry<E>[] {
  let state: State = { endedAtMs: null, notKept: false, tier: null, holds: new Set(), deletion: null, isClaimed: false }
  return events
    .toSorted((a, b) => a.atMs - b.atMs || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map((event) => {
      state = evolve(state, event)
      return { event, after: state.isClaimed ? { kind: 'deleting' } : retentionVerdict(factsOf(state)) }
    })
}

function factsOf({ endedAtMs, notKept, tier, holds, deletion }: State): RetentionFacts {
  return { endedAtMs, notKept, tier, legalHold: holds.size > 0, deletionDueAtMs: deletion?.dueAtMs ?? null }
}

function evolve(state: State, event: RetentionEvent): State {
  switch (event.kind) {
    case 'tier':
      return { ...state, tier: { name: event.tier, sinceMs: event.atMs } }
    case 'ended':
      return { ...state, endedAtMs: event.atMs, notKept: event.notKept }
    case 'hold-placed':
      return { ...state, holds: new Set([...state.holds, event.holdId]) }
    case 'hold-released':
      return { ...state, holds: new Set([...state.holds].filter((holdId) => holdId !== event.holdId)) }
    case 'deletion-requested':
      return { ...state, deletion: { deletionId: event.deletionId, dueAtMs: event.dueAtMs } }
    case 'deletion-restored':
      return state.deletion?.deletionId === event.deletionId ? { ...state, deletion: null } : state
    case 'claimed':
      return { ...state, isClaimed: true }
    case 'started':
    case 'purged':
    case 'certified':
      return state
  }
}
