import type { KnownRecording } from './check-recording.ts'
import type { Files } from './files.ts'
import type { Finding } from './finding.ts'

/** 30 days, as hours. */
const FREE_TIER_MS = 720 * 3_600_000

/** Whether retention must have deleted a recording by `nowMs`: what nobody asked to keep, and the free tier's after its time. */
export function mustBeGone(recording: { kept: boolean; endedAtMs: number; tier: string; tierSinceMs: number }, nowMs: number): boolean {
  const { kept, endedAtMs, tier, tierSinceMs } = recording
  if (!kept) return true
  return tier === 'go' && Math.max(endedAtMs, tierSinceMs) + FREE_TIER_MS <= nowMs
}

/** No object is left of any of these. */
export async function checkGone({ objects, gone }: { objects: Files; gone: readonly KnownRecording[] }): Promise<Finding[]> {
  const keys = await objects.list()
  return gone.flatMap(({ recordingId, callId }) =>
    keys
      .filter((key) => key.split('/').includes(recordingId))
      .map((key) => ({ recordingId, callId, atMs: null, message: `${key.split('/').at(-1) ?? ''} is still there, and the recording was purged` })),
  )
}
