import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openS3Store } from '@twinreel/object-store/s3'
import type { OwnServers } from './own-servers.ts'
import type { Platform } from './platform.ts'
import { recordingFaults, rewrittenKeys, strayPuts } from './recorded.ts'
import type { RecorderProcess } from './recorder-process.ts'
import { fencingFaults, reignsOf, type Write } from './write-audit.ts'

/** What a platform without announcements does to those who wait for one; everything else that fails is the recorders' doing. */
export const PLATFORM_FAILS = new Set(['announcement-failed', 'announcement-unanswered'])

/**
 * Everything that is wrong with what these recorders left behind, when all calls are over: recordings that are missing, twice, too many or not to the sample what was
 * spoken; outcomes that are missing or no outcome of the platform's; objects written over; rows and objects written by who did not have the partition any more.
 */
export async function evidenceAgainst(
  servers: OwnServers,
  seen: { truthDir: string; writes: readonly Write[]; recorders: readonly RecorderProcess[]; outcomes: Awaited<Platform['over']>['outcomes'] },
): Promise<string[]> {
  const store = await openS3Store(servers.place.s3, { puts: false })
  const catalog = await openPostgresCatalog(servers.place.database)
  try {
    const ledger = await catalog.db.selectFrom('ledger').select(['call_id', 'owner_id', 'outcome', 'reason']).execute()
    const failed = ledger.filter(({ outcome, reason }) => outcome === 'failed' && !PLATFORM_FAILS.has(reason ?? ''))
    return [
      ...(await recordingFaults({ store, catalog }, seen.truthDir)),
      ...(ledger.length === seen.outcomes ? [] : [`the ledger has ${ledger.length} outcomes, it should have ${seen.outcomes}`]),
      ...failed.map((row) => `${row.call_id} of ${row.owner_id} failed: ${row.reason}`),
      ...(await rewrittenKeys(servers.place)).map((key) => `${key} was written more than once`),
      ...fencingFaults(seen.writes),
      ...(await strayPuts(catalog, seen.recorders, reignsOf(seen.writes))),
    ]
  } finally {
    await store.close()
    await catalog.close()
  }
}
