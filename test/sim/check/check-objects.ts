import { recordingPrefix } from '@twinreel/recording/keys'
import type { Evidence, Violation } from '../world/evidence.ts'
import { forgottenObjects } from './forgotten-objects.ts'
import type { Reference } from './reference.ts'

/** Once all is quiet: no object without a row, no row without its object, nothing left of what was purged, in no version; and under one key only ever the same bytes. */
export function checkObjects(evidence: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const { world, truth, puts, deletions, trimmed } = evidence
  const isForgotten = forgottenObjects(evidence, references)
  const wrong: string[] = []
  const { database } = truth
  const hashes = new Map(puts.map(({ key, sha256 }) => [key, sha256]))
  const there = new Set(truth.objects('recordings/').map(({ key }) => key))
  const owed = new Map<string, string>()
  const purged: string[] = []
  for (const row of database.prepare('select recording_id, org_id, owner_id, status, manifest_key, manifest_sha256 from recordings').all()) {
    const path = { recordingId: String(row['recording_id']), orgId: String(row['org_id']), ownerId: String(row['owner_id']) }
    if (row['status'] === 'purged') purged.push(recordingPrefix(path))
    else if (row['manifest_key'] !== null) owed.set(String(row['manifest_key']), String(row['manifest_sha256']))
  }
  const rows = "select s.key, s.sha256 from segments s join recordings r on r.recording_id = s.recording_id where r.status <> 'purged'"
  for (const row of database.prepare(rows).all()) owed.set(String(row['key']), String(row['sha256']))
  for (const [key, sha256] of owed) {
    if (!there.has(key)) wrong.push(`a row names ${key}, and there is no such object`)
    else if (hashes.get(key) !== sha256) wrong.push(`${key} has other bytes than its row says`)
  }
  for (const key of there) if (!owed.has(key) && !isForgotten(key)) wrong.push(`${key} lies in the store and no row names it`)
  for (const key of truth.hiddenVersions())
    if (purged.some((prefix) => key.startsWith(prefix))) wrong.push(`a hidden version of ${key} is left of a purged recording`)
  for (const [key, versions] of Map.groupBy(puts, (put) => put.key)) {
    if (new Set(versions.map(({ sha256 }) => sha256)).size > 1)
      wrong.push(`${key} was written with different bytes, by ${versions.map(({ process }) => process).join(', ')}`)
    const deletedMs = deletions.findLast((deletion) => deletion.key === key)?.atMs ?? -1
    const since = versions.filter(({ atMs }) => atMs > deletedMs)
    if (since.length > 1 && world.conditionalWrites === 'enforced' && trimmed.length === 0)
      wrong.push(`${key} was written ${since.length} times, by ${since.map(({ process }) => process).join(', ')}`)
  }
  for (const { key } of puts)
    if (/-[0-9a-f]{16}\.(wav|json)$/.test(key) && trimmed.length === 0) wrong.push(`${key} lies beside other bytes: the log gave two answers`)
  return [...new Set(wrong)].map((message) => ({ check: 'objects', message }))
}
