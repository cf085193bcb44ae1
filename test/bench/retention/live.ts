import { DUE_SINCE_MS, dueKeys, fillWithRecordings } from '@twinreel/catalog/contract/many-recordings'
import { makeLogger } from '@twinreel/service/log'
import { runRetention } from '@twinreel/retention/run'
import { newClockGuard } from '@twinreel/retention/clock-guard'
import { CERTIFYING } from '../../support/certifying.ts'
import { openTarget } from './target.ts'

export interface Live {
  dataDir: string | null
  recordings: number
  spacingMs: number
}

const RUN_EVERY_MS = 30_000
const EPOCH_MS = Date.UTC(2026, 0, 1)

/**
 * Recordings become due one after another, each of another owner, and a run begins every 30 s. Between two runs the clock is stepped, during one it goes on as
 * time does: how long after it was due each recording was certified as gone, milliseconds.
 */
export async function liveLags({ dataDir, recordings, spacingMs }: Live): Promise<number[]> {
  let offsetMs = EPOCH_MS - performance.now()
  const clock = (): number => Math.floor(performance.now() + offsetMs)
  const target = await openTarget(dataDir, clock)
  const many = { owners: recordings, freeOwners: recordings, recordingsOfEach: 1, nowMs: EPOCH_MS + DUE_SINCE_MS, spacingMs }
  await fillWithRecordings(target.catalog, many)
  for (const key of await dueKeys(target.catalog)) await target.put.ours(key)
  const guard = newClockGuard()
  const log = makeLogger({ name: 'bench', level: 'error' })
  const endMs = EPOCH_MS + recordings * spacingMs + RUN_EVERY_MS
  for (let atMs = EPOCH_MS; atMs <= endMs; atMs += RUN_EVERY_MS) {
    // A run that takes longer than the time between two delays the next one.
    offsetMs = Math.max(offsetMs, atMs - performance.now())
    await runRetention({ catalog: target.catalog, store: target.store, log, guard, ...CERTIFYING, monotonicMs: clock })
  }
  const rows = await target.catalog.db.selectFrom('recordings').select(['due_at_ms', 'purged_at_ms']).where('purged_at_ms', 'is not', null).execute()
  await target.close()
  if (rows.length !== recordings) throw new Error(`${rows.length} of ${recordings} recordings are gone: the figure would mean nothing`)
  return rows.map(({ due_at_ms: dueAtMs, purged_at_ms: purgedAtMs }) => (purgedAtMs ?? 0) - (dueAtMs ?? 0))
}
