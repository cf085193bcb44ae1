import { checkRecording } from '@twinreel/oracle/check-recording'
import { told, type Finding } from '@twinreel/oracle/finding'
import type { Evidence, Violation } from '../world/evidence.ts'
import { expectedCall } from './expected-audio.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

/**
 * Every recording is byte for byte what was spoken while policy allowed it: near end left, far end right, on one timeline; none is missing, none too many.
 * What was purged since is looked at as it was put.
 */
export async function checkAudio(evidence: Evidence): Promise<Violation[]> {
  const bodies = new Map(evidence.puts.map(({ key, body }) => [key, body]))
  const objects = { list: async () => [...bodies.keys()], read: async (key: string) => bodies.get(key) ?? null }
  const byPrefix = Map.groupBy(bodies.keys(), (key) => key.slice(0, key.lastIndexOf('/') + 1))
  const rows = evidence.truth.database.prepare('select recording_id, call_id, owner_id, ordinal from recordings').all()
  const recordings = rows.map((row) => ({
    recordingId: String(row['recording_id']),
    callId: String(row['call_id']),
    ownerId: String(row['owner_id']),
    ordinal: Number(row['ordinal']),
  }))
  const violations: Violation[] = []
  for (const call of evidence.calls) {
    if (isAffectedByTrim(evidence, call.truth.callId)) continue
    const expected = expectedCall(call, evidence)
    const known = recordings.filter(({ callId }) => callId === call.truth.callId)
    const findings: Finding[] = known
      .filter(
        ({ recordingId, ownerId, ordinal }) =>
          !expected.recordings.some((one) => one.ownerId === ownerId && one.ordinal === ordinal) && hasAudio(byPrefix, recordingId),
      )
      .map(({ recordingId, ownerId, ordinal }) => ({
        recordingId,
        callId: call.truth.callId,
        atMs: null,
        message: `nothing should have been recorded here: number ${ordinal} of ${ownerId}`,
      }))
    for (const one of expected.recordings) {
      const own = known.find(({ ownerId, ordinal }) => ownerId === one.ownerId && ordinal === one.ordinal)
      const rules = { segmentMs: expected.segmentMs, recordEmergency: false }
      findings.push(...(await checkRecording(one, own, { objects, byPrefix, streams: expected.streams, rules })))
    }
    violations.push(...findings.map((finding) => ({ check: 'audio', message: told(finding) })))
  }
  return violations
}

function hasAudio(byPrefix: ReadonlyMap<string, readonly string[]>, recordingId: string): boolean {
  return [...byPrefix.keys()].some((prefix) => prefix.includes(`/${recordingId}/`))
}
