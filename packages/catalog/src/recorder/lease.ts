import type { Catalog } from '../open.ts'

/** Whether nobody was assigned the partition since `epoch`: who can't be sure that he was not frozen asks before he writes where no transaction stops him. */
export async function holdsEpoch(catalog: Catalog, of: { topic: string; partition: number; epoch: number }): Promise<boolean> {
  const row = await catalog.db.selectFrom('partitions').select('epoch').where('topic', '=', of.topic).where('partition', '=', of.partition).executeTakeFirst()
  return row?.epoch === of.epoch
}
