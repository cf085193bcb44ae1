import { dueLooks, recordLooks, type DueLook } from '@twinreel/catalog/later-looks'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { provenGone } from './proven-gone.ts'
import { emptyPrefix, type PurgeFailure } from './purge.ts'

const LISTS_AT_ONCE = 16

/** What lay where a purge had left nothing, and is deleted. */
export interface Reappeared {
  recordingId: string
  objects: number
}

export interface Looked {
  /** How far it came; `null` when nothing more is due. */
  last: DueLook | null
  reappeared: readonly Reappeared[]
  /** Stay due; the next run looks again. */
  failures: readonly PurgeFailure[]
}

/**
 * Looks again where recordings were purged a while ago, at most `limit` of them, and deletes what was put there since: by a recorder that was
 * frozen in the middle of a put, say. May be killed anywhere and run beside another.
 */
export async function lookAgain(options: { catalog: Catalog; store: ObjectStore; limit: number; after: DueLook | null }): Promise<Looked> {
  const { catalog, store, limit, after } = options
  const due = await dueLooks(catalog, { limit, ...(after === null ? {} : { after }) })
  const reappeared: Reappeared[] = []
  const failures: PurgeFailure[] = []
  const looked: (DueLook & { found: boolean })[] = []
  const { gone, failure } = await provenGone(store, due)
  for (const look of gone) looked.push({ ...look, found: false })
  const unproven = due.filter((look) => !gone.has(look))
  if (failure !== null) failures.push(...unproven.map(({ recordingId }) => ({ recordingId, key: null, error: failure })))
  const asked = failure === null ? unproven : []
  for (let at = 0; at < asked.length; at += LISTS_AT_ONCE) {
    const results = await Promise.all(asked.slice(at, at + LISTS_AT_ONCE).map(async (look) => ({ look, ...(await emptyPrefix(store, look)) })))
    for (const { look, objects, failures: failed } of results) {
      if (objects > 0) reappeared.push({ recordingId: look.recordingId, objects })
      if (failed.length === 0) looked.push({ ...look, found: objects > 0 })
      failures.push(...failed)
    }
  }
  await recordLooks(catalog, looked)
  return { last: due.at(-1) ?? null, reappeared, failures }
}
