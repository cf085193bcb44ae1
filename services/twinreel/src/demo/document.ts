import { isoTime } from '../format.ts'
import type { DemoRow } from './rows.ts'
import type { SceneReport } from './run-scene.ts'
import { reason } from './tables.ts'
import type { Verdict } from './verdict.ts'

interface Told {
  holds: boolean
  paths: { dataDir: string; recordingId: string; wav: string }
  reports: readonly SceneReport[]
  recorded: readonly DemoRow[]
  afterwards: readonly DemoRow[]
  verdicts: readonly Verdict[]
}

/** The demo as one JSON document. */
export function demoDocument({ holds, paths, reports, recorded, afterwards, verdicts }: Told): unknown {
  return {
    ok: holds,
    dataDir: paths.dataDir,
    calls: reports,
    recordings: recorded.map(({ tierSinceMs: _, endedAtMs, dueAtMs, purgedAtMs: __, ...row }) => ({
      ...row,
      endedAt: isoTime(endedAtMs),
      dueAt: isoTime(dueAtMs),
    })),
    retention: afterwards
      .filter(({ recordingId }) => recordingId !== null)
      .map((row) => ({
        recordingId: row.recordingId,
        callId: row.callId,
        ownerId: row.ownerId,
        tier: row.tier,
        purgedAt: isoTime(row.purgedAtMs),
        why: reason(row),
      })),
    checks: verdicts,
    play: paths.wav,
  }
}
