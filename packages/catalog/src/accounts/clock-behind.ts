import type { Transaction } from 'kysely'
import { retentionWatermark } from '../retention-clock.ts'
import type { Tables } from '../tables.ts'
import { AccountError } from './account-error.ts'

/** By so much a clock may lie before retention's last run: thirty days that begin an hour early are no harm. */
const LIMIT_MS = 3_600_000

/**
 * Thirty days count from when a user came to the free tier, and three from when a recording was put into the bin: by a clock that is behind they would be over too
 * early once it is set right. Throws an `AccountError` when the catalog's clock says an earlier time than retention has seen by it.
 */
export async function refuseClockBehind(tx: Transaction<Tables>, nowMs: number): Promise<void> {
  const seenMs = await retentionWatermark({ db: tx })
  if (seenMs === null || nowMs >= seenMs - LIMIT_MS) return
  throw new AccountError(
    'clock-behind',
    `the catalog’s clock says ${new Date(nowMs).toISOString()}, but retention ran at ${new Date(seenMs).toISOString()}: recordings would be due too early. Correct the clock, or, if it is right, run \`twinreel retention run --accept-clock\` first`,
  )
}
