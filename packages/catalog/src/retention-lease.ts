import type { Transaction } from 'kysely'
import type { Catalog } from './open.ts'
import type { Tables } from './tables.ts'
import { transact } from './transaction.ts'

/**
 * Of several workers one runs retention at a time: two would do the same work twice, and no harm, for claims are transactions. So long after the
 * holder last said that it lives another may take its place.
 */
export const LEASE_MS = 60_000
const LEASE = 'retention'

export interface LeaseHolder {
  holder: string
  sinceMs: number
}

/** Another worker runs retention now: this one claims nothing more. */
export class LeaseLostError extends Error {
  constructor() {
    super('another worker runs retention now')
    this.name = 'LeaseLostError'
  }
}

/** Takes the lease, by the catalog's clock; `null` when it is ours, else who has it. `holder` names one process and no other. */
export async function takeLease(catalog: Catalog, holder: string): Promise<LeaseHolder | null> {
  return transact(catalog, async (tx) => {
    const nowMs = await catalog.nowMs(tx)
    const ours = { holder, since_ms: nowMs, until_ms: nowMs + LEASE_MS }
    const taken = await tx
      .insertInto('retention_lease')
      .values({ lease: LEASE, ...ours })
      .onConflict((oc) =>
        oc
          .column('lease')
          .doUpdateSet(ours)
          .where((eb) =>
            eb.or([
              eb('retention_lease.until_ms', '<=', nowMs),
              eb('retention_lease.holder', '=', holder),
              // Longer than it can be: the clock was ahead when it was taken.
              eb('retention_lease.until_ms', '>', nowMs + LEASE_MS),
            ]),
          ),
      )
      .returning('holder')
      .execute()
    return taken.length > 0 ? null : leaseHolder(tx)
  })
}

/** Says that the holder lives. `false` when the lease is another's by now, or nobody's. */
export async function renewLease(catalog: Catalog, holder: string): Promise<boolean> {
  return transact(catalog, async (tx) => {
    const until_ms = (await catalog.nowMs(tx)) + LEASE_MS
    const { numUpdatedRows } = await tx
      .updateTable('retention_lease')
      .set({ until_ms })
      .where('lease', '=', LEASE)
      .where('holder', '=', holder)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  })
}

/** Throws `LeaseLostError` unless the lease is this holder's within this transaction. */
export async function refuseWithoutLease(tx: Transaction<Tables>, holder: string): Promise<void> {
  if ((await leaseHolder(tx))?.holder !== holder) throw new LeaseLostError()
}

export async function freeLease({ db }: Catalog, holder: string): Promise<void> {
  await db.deleteFrom('retention_lease').where('lease', '=', LEASE).where('holder', '=', holder).execute()
}

/** Who has the lease, be it in time or not; `null` when nobody has. */
export async function leaseHolder(db: Catalog['db']): Promise<LeaseHolder | null> {
  const row = await db.selectFrom('retention_lease').select(['holder', 'since_ms']).where('lease', '=', LEASE).executeTakeFirst()
  return row === undefined ? null : { holder: row.holder, sinceMs: row.since_ms }
}
