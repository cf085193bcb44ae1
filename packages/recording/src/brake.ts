/**
 * When a run of retention stops before it deletes unusually much of an organization. Deleting can't be taken back, and the common ways to
 * delete too much (everybody moved to the free tier by mistake, a tier written straight into the database) look to the retention rule
 * like any other recording whose time has come. What can be told apart is whether anything explains that so many are due at once.
 */
export interface BrakeLimits {
  /** So many unexplained recordings never stop a run. */
  recordings: number
  /** Nor does this part of the organization's recordings, from 0 to 1. */
  share: number
  /** Of what fell due within so long of each other, milliseconds. */
  windowMs: number
}

export const BRAKE_LIMITS: BrakeLimits = { recordings: 1_000, share: 0.2, windowMs: 24 * 3_600_000 }

/** What explains that a recording is due: the course of things, somebody who asked, a confirmed change of many tiers; or nothing. */
export type DueCause = { kind: 'in-course' } | { kind: 'asked' } | { kind: 'planned'; changeId: string } | { kind: 'moved' } | { kind: 'late' }

export interface DueFacts {
  dueAtMs: number
  why: 'go-tier-expired' | 'not-kept' | 'deletion-requested'
  /** Its owner moved to the free tier after it had ended. */
  isMoved: boolean
  /** The confirmed change that moved the owner, if one did. */
  changeId: string | null
  /** All of the organization that was due up to then has been claimed; `null` before the first run. */
  caughtUpMs: number | null
}

/**
 * What expired while its owner was on the free tier all along is explained, however many, when it fell due after the last run that finished: a
 * worker that was down for a week finds a week's worth. Due before that, and not claimed then, it was not due then: somebody changed the past.
 */
export function dueCause({ dueAtMs, why, isMoved, changeId, caughtUpMs }: DueFacts): DueCause {
  switch (why) {
    case 'not-kept':
    case 'deletion-requested':
      return { kind: 'asked' }
    case 'go-tier-expired': {
      if (isMoved && changeId !== null) return { kind: 'planned', changeId }
      return unplannedCause({ dueAtMs, isMoved, caughtUpMs })
    }
  }
}

/** The same for what no confirmed change explains, or what goes beyond the recordings it was confirmed for. */
export function unplannedCause({ dueAtMs, isMoved, caughtUpMs }: Pick<DueFacts, 'dueAtMs' | 'isMoved' | 'caughtUpMs'>): DueCause {
  if (caughtUpMs !== null && dueAtMs <= caughtUpMs) return { kind: 'late' }
  return isMoved ? { kind: 'moved' } : { kind: 'in-course' }
}

/** Recordings that count at one moment. */
export interface Moment {
  atMs: number
  count: number
}

export interface BrakeFacts {
  nowMs: number
  caughtUpMs: number | null
  /** What is due and not claimed, all that is not explained by itself; alike ones together. */
  waiting: readonly { cause: DueCause; dueAtMs: number; count: number }[]
  /** How many more recordings each confirmed change explains, by its id. */
  planned: ReadonlyMap<string, number>
  /** What was claimed unexplained before. */
  claimed: readonly Moment[]
}

export interface Weighed {
  /** Waits and is not explained; not what is `confirmed`. */
  unexplained: number
  /** The most unexplained recordings that lie within one window with some that wait, claimed ones included. */
  heaviest: number
  /** Waits unexplained, and was due already when somebody confirmed it. */
  confirmed: number
}

/**
 * Weighs what a run would delete of one organization. What was moved counts when it fell due: an outage in which several days' worth of small
 * moves fell due is no mass deletion, and a slow drip of many is. What is late counts now. What was due at `confirmedMs`, when somebody confirmed
 * it, weighs nothing; what is late was due by then, as long as the organization has not been caught up since.
 */
export function weigh(
  { nowMs, caughtUpMs, waiting, planned, claimed }: BrakeFacts,
  { windowMs }: Pick<BrakeLimits, 'windowMs'>,
  confirmedMs: number | null = null,
): Weighed {
  const left = new Map(planned)
  const unexplained: Moment[] = []
  let confirmed = 0
  for (const { cause, dueAtMs, count } of waiting.toSorted((a, b) => a.dueAtMs - b.dueAtMs)) {
    const beyond = count - explained(cause, count, left)
    if (beyond <= 0) continue
    const actual = cause.kind === 'planned' ? unplannedCause({ dueAtMs, isMoved: true, caughtUpMs }) : cause
    if (confirmedMs !== null && (actual.kind === 'late' || dueAtMs <= confirmedMs)) confirmed += beyond
    else unexplained.push({ atMs: actual.kind === 'late' ? nowMs : dueAtMs, count: beyond })
  }
  return { unexplained: sum(unexplained), heaviest: heaviestWindow(unexplained, claimed, windowMs), confirmed }
}

/** How many of these are explained; what a confirmed change explains is taken from what is left of it. */
function explained(cause: DueCause, count: number, left: Map<string, number>): number {
  switch (cause.kind) {
    case 'in-course':
    case 'asked':
      return count
    case 'planned': {
      const some = Math.max(0, Math.min(count, left.get(cause.changeId) ?? 0))
      left.set(cause.changeId, (left.get(cause.changeId) ?? 0) - some)
      return some
    }
    case 'moved':
    case 'late':
      return 0
  }
}

/** Of all stretches of less than `windowMs` with some that wait in them, the one with the most recordings. */
function heaviestWindow(waiting: readonly Moment[], claimed: readonly Moment[], windowMs: number): number {
  const moments = [...waiting.map((moment) => ({ ...moment, waits: moment.count })), ...claimed.map((moment) => ({ ...moment, waits: 0 }))]
  moments.sort((a, b) => a.atMs - b.atMs)
  let [heaviest, count, waits, first] = [0, 0, 0, 0]
  for (const last of moments) {
    count += last.count
    waits += last.waits
    for (let oldest = moments[first]; oldest !== undefined && oldest.atMs <= last.atMs - windowMs; oldest = moments[first]) {
      count -= oldest.count
      waits -= oldest.waits
      first += 1
    }
    if (waits > 0) heaviest = Math.max(heaviest, count)
  }
  return heaviest
}

/** Whether so many are more than a run deletes without asking; `total`: the organization's recordings, those counted in `heaviest` included. */
export function isUnusual(heaviest: number, total: number, { recordings, share }: Pick<BrakeLimits, 'recordings' | 'share'>): boolean {
  return heaviest > recordings && heaviest > share * total
}

function sum(moments: readonly Moment[]): number {
  return moments.reduce((all, { count }) => all + count, 0)
}
