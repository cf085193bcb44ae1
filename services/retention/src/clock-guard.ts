/**
 * Whether the catalog's clock can be trusted with deleting.
 *
 * A clock that jumps ahead makes young recordings look thirty days old, and deleting can't be taken back. What can be known:
 *
 * - Within one process the wall clock must advance as the monotonic clock does. If they part by more than an hour, the wall clock was
 *   set (or the machine slept, which looks the same). Runs stay halted until the two agree again or an operator restarts the worker:
 *   going on after a while would only delete later what must not be deleted at all.
 * - Across restarts there is no monotonic clock, and a worker that was down for a week must go on when it is back. So only backwards
 *   motion can be known: the clock lies before the last run's. Either it is wrong now or it was wrong then; deleting waits until it
 *   has passed the watermark again, or until an operator says that this clock is right (`acceptClock`).
 * - A second clock, if there is one (the worker's own when the catalog is on another machine), must agree within an hour at any time.
 *
 * What can't be known: a clock that was set ahead while nothing ran, with no second clock to ask.
 *
 * All of this compares clocks as they are. A demonstration's offset is added to the time that recordings are judged by and to nothing
 * here, so it neither halts a run nor poisons the watermark.
 */
export interface ClockReading {
  /** The catalog's clock, milliseconds UTC, without any offset. */
  wallMs: number
  monotonicMs: number
}

/** What one process remembers between its runs. */
export interface ClockGuard {
  trusted: ClockReading | null
}

export const JUMP_LIMIT_MS = 3_600_000
/** Time servers step a clock back by seconds; a minute is more than they do and still no harm. */
export const BACKWARD_LIMIT_MS = 60_000

export function newClockGuard(): ClockGuard {
  return { trusted: null }
}

export interface ClockEvidence {
  now: ClockReading
  /** The last reading of this process that was trusted. */
  trusted: ClockReading | null
  /** The wall clock of the last run of any process. */
  watermarkMs: number | null
  /** A second clock, milliseconds UTC. */
  witnessMs: number | null
}

/** `null` when the clock can be trusted, else why not. */
export function clockFault({ now, trusted, watermarkMs, witnessMs }: ClockEvidence): string | null {
  if (watermarkMs !== null && now.wallMs < watermarkMs - BACKWARD_LIMIT_MS) {
    return `the clock says ${iso(now.wallMs)}, but an earlier run was at ${iso(watermarkMs)}; correct the clock, or accept it if the earlier run’s was wrong`
  }
  if (trusted !== null) {
    const expectedMs = trusted.wallMs + (now.monotonicMs - trusted.monotonicMs)
    if (Math.abs(now.wallMs - expectedMs) > JUMP_LIMIT_MS) {
      return `the clock says ${iso(now.wallMs)}, but by the time this process has run it should be ${iso(expectedMs)}; correct the clock, or restart the worker if it is right`
    }
  }
  if (witnessMs !== null && Math.abs(now.wallMs - witnessMs) > JUMP_LIMIT_MS) {
    return `the catalog’s clock says ${iso(now.wallMs)}, the worker’s ${iso(witnessMs)}; correct the one that is wrong`
  }
  return null
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
