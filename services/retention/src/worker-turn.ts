import type { Catalog } from '@twinreel/catalog/open'
import { LEASE_MS, freeLease, leaseHolder, renewLease, takeLease, type LeaseHolder } from '@twinreel/catalog/retention-lease'

/** Being the one worker that runs retention. */
export interface WorkerTurn {
  holder: string
  /** `null` while it is ours, else who has it now. Tells the catalog now and then that this worker lives. */
  takenBy(): Promise<LeaseHolder | null>
  /** Who has it, when it is known to be lost. */
  lostTo(): Promise<LeaseHolder>
  end(): Promise<void>
}

const RENEW_AFTER_MS = LEASE_MS / 4

/** Takes the turn, or says whose it is. */
export async function takeTurn(
  catalog: Catalog,
  { holder, monotonicMs }: { holder: string; monotonicMs: () => number },
): Promise<{ turn: WorkerTurn } | { other: LeaseHolder }> {
  let renewedMs = monotonicMs()
  const other = await takeLease(catalog, holder)
  if (other !== null) return { other }
  const turn: WorkerTurn = {
    holder,
    async takenBy() {
      const nowMs = monotonicMs()
      if (nowMs - renewedMs < RENEW_AFTER_MS) return null
      renewedMs = nowMs
      return (await renewLease(catalog, holder)) ? null : turn.lostTo()
    },
    lostTo: async () => (await leaseHolder(catalog.db)) ?? { holder: 'a worker that has ended', sinceMs: await catalog.nowMs() },
    // Should it fail, the lease ends by itself.
    end: () => freeLease(catalog, holder).catch(() => undefined),
  }
  return { turn }
}
