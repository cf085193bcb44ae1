import type { Catalog } from '../open.ts'

/** Which log the partition was last read from, and where a fold of it would begin; `null` when nobody has committed to it. */
export async function lastRead(catalog: Catalog, of: { topic: string; partition: number }): Promise<{ logIdentity: string; safeOffset: number } | null> {
  const row = await catalog.db
    .selectFrom('partitions')
    .select(['log_identity', 'safe_offset'])
    .where('topic', '=', of.topic)
    .where('partition', '=', of.partition)
    .executeTakeFirst()
  return row === undefined || row.safe_offset === null ? null : { logIdentity: row.log_identity, safeOffset: row.safe_offset }
}

/** Whether nobody was assigned the partition since `epoch`: who can't be sure that he was not frozen asks before he writes where no transaction stops him. */
export async function holdsEpoch(catalog: Catalog, of: { topic: string; partition: number; epoch: number }): Promise<boolean> {
  const row = await catalog.db.selectFrom('partitions').select('epoch').where('topic', '=', of.topic).where('partition', '=', of.partition).executeTakeFirst()
  return row?.epoch === of.epoch
}
