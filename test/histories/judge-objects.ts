import { prefixOf } from './reference.ts'
import type { World } from './world.ts'

/** Everything is there of what is not claimed, nothing of what is purged, and all that is nobody's. */
export function judgeObjects({ store, happened, claimed, purged, foreign, wrong }: World): void {
  for (const recording of happened.recordings) {
    const { recordingId, keys, strays } = recording
    const all = [...keys, ...strays]
    const left = all.filter((key) => store.has(key))
    if (!claimed.has(recordingId) && left.length < all.length)
      wrong.push(`${prefixOf(recording)} lost ${all.length - left.length} objects, and was not claimed`)
    if (purged.has(recordingId) && left.length > 0) wrong.push(`${left.join()} is left of what was purged`)
  }
  for (const key of foreign) if (!store.has(key)) wrong.push(`${key} is gone, which is of no recording`)
}
