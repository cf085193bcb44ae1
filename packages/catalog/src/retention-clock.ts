import type { Catalog } from './open.ts'
import { transact } from './transaction.ts'

const CLOCK = 'retention'

/** The catalog's clock at the last run of retention that trusted it; `null` before the first. */
export async function retentionWatermark(catalog: Pick<Catalog, 'db'>): Promise<number | null> {
  const row = await catalog.db.selectFrom('retention_clock').select('watermark_ms').where('clock', '=', CLOCK).executeTakeFirst()
  return row?.watermark_ms ?? null
}

export async function setRetentionWatermark(catalog: Catalog, watermarkMs: number): Promise<void> {
  await transact(catalog, async (tx) => {
    await tx
      .insertInto('retention_clock')
      .values({ clock: CLOCK, watermark_ms: watermarkMs })
      .onConflict((oc) => oc.column('clock').doUpdateSet({ watermark_ms: watermarkMs }))
      .execute()
  })
}
