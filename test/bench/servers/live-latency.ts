import { TOPICS } from '@twinreel/contracts/topics'
import type { Servers } from '@twinreel/twinreel/place'
import type { Ended } from './live-publisher.ts'
import type { StoredManifest } from './live-recorder.ts'
import { readTopic } from './read-topic.ts'

/** A recording that everybody was told of, and when, by the broker's clock. */
export interface Completed {
  callId: string
  manifestKey: string
  announcedAtMs: number
}

/** From the append of a call's end, in milliseconds. */
export interface EndLatency {
  /** To the store's answer that the manifest is there: everything before it is durable too. */
  manifestMs: number
  /** To the append of `recording.completed`: the catalog's commit lies between, and the recording can be played. */
  announcedMs: number
}

/** What was announced as completed so far. */
export async function completedRecordings(place: Servers): Promise<readonly Completed[]> {
  const completed: Completed[] = []
  await readTopic(
    place,
    ({ headers, value, timestamp }) => {
      if (value === null || headers?.['ce_type']?.toString() !== 'io.twinreel.recording.completed.v1') return
      const { callId, manifestKey } = JSON.parse(value.toString()) as Pick<Completed, 'callId' | 'manifestKey'>
      completed.push({ callId, manifestKey, announcedAtMs: Number(timestamp) })
    },
    TOPICS.recordings,
  )
  return completed
}

/** Throws when a call that was ended was never completed: the best latency counts for nothing then. */
export function endLatencies(ended: readonly Ended[], manifests: readonly StoredManifest[], completed: readonly Completed[]): EndLatency[] {
  const stored = new Map(manifests.map(({ key, storedAtMs }) => [key, storedAtMs]))
  const byCall = new Map(completed.map((one) => [one.callId, one]))
  return ended.map(({ callId, appendedAtMs }) => {
    const one = byCall.get(callId)
    const storedAtMs = stored.get(one?.manifestKey ?? '')
    if (one === undefined || storedAtMs === undefined) throw new Error(`${callId} was ended and not recorded: the latencies would mean nothing`)
    return { manifestMs: storedAtMs - appendedAtMs, announcedMs: one.announcedAtMs - appendedAtMs }
  })
}
