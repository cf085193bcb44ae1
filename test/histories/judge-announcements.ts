import type { World } from './world.ts'

/** What is purged is announced once, and nothing else is. */
export async function judgeAnnouncements({ catalog, purged, wrong }: World): Promise<void> {
  const rows = await catalog.db.selectFrom('outbox').select(['key', 'headers']).execute()
  const announced = rows.filter(({ headers }) => headers.includes('recording.purged')).map(({ key }) => key)
  if (announced.toSorted().join() !== [...purged].toSorted().join()) wrong.push(`announced as purged: ${announced.join()}; purged are ${[...purged].join()}`)
}
