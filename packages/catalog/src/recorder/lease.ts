import type { Catalog } from '../open.ts'

/** Where a fold of the partition would begin; `null` when nobody has committed to it. */
export async function safeOffsetOf(catalog: Catalog, of: { topic: string; partition: number }): Promise<number | null> {
  const row = await catalog.db
    .selectFrom('partitions')
    .select('safe_offset')
    .where('topic', '=', of.topic)
    .where('partition', '=', of.partition)
    .executeTakeFirst()
  return row?.safe_offset ?? null
}

/** Whether nobody was assigned the partition since `epoch`: who can't be sure that he was not frozen asks before he writes where no transaction stops him. */
export async function holdsEpoch(catalog: Catalog, of: { topic: string; partition: number; epoch: number }): Promise<boolean> {
  const row = await catalog.db.selectFrom('partitions').select('epoch').where('topic', '=', of.topic).where('partition', '=', of.partition).executeTakeFirst()
  return row?.epoch === of.epoch
}
