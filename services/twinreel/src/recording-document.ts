import type { Deletion } from '@twinreel/catalog/deletions'
import type { Recording, RecordingDetail } from '@twinreel/catalog/recordings'
import { duration, isoTime, orDash, size } from './format.ts'
import { facts } from './output.ts'

/** As `recordings list --json` has it: these fields and no others. */
export function recordingDocument(recording: Recording): Record<string, unknown> {
  const {
    recordingId,
    callId,
    ownerId,
    orgId,
    tier,
    mode,
    status,
    startedAtMs,
    endedAtMs,
    capturedMs,
    pausedMs,
    heldMs,
    lostMs,
    segments,
    sizeBytes,
    dueAtMs,
    purgedAtMs,
  } = recording
  return {
    recordingId,
    callId,
    ownerId,
    orgId,
    tier,
    mode,
    status,
    startedAt: isoTime(startedAtMs),
    endedAt: isoTime(endedAtMs),
    capturedMs,
    pausedMs,
    heldMs,
    lostMs,
    segments,
    sizeBytes,
    dueAt: isoTime(dueAtMs),
    purgedAt: isoTime(purgedAtMs),
  }
}

/** Everything the catalog knows of one. */
export function detailDocument(recording: RecordingDetail): Record<string, unknown> {
  const { ordinal, endReason, tones, prompts, manifestKey, manifestSha256, legalHold, inBin, deletion, claimedAtMs, settings, objects } = recording
  return {
    ...recordingDocument(recording),
    ordinal,
    endReason,
    tones,
    prompts,
    legalHold,
    inBin,
    deletion: deletion === null ? null : deletionDocument(deletion),
    deletionBegunAt: isoTime(claimedAtMs),
    settings,
    manifest: manifestKey === null ? null : { key: manifestKey, sha256: manifestSha256 },
    objects,
  }
}

/** The same for people. */
export function detailFacts(recording: RecordingDetail): string {
  const {
    recordingId,
    callId,
    ownerId,
    orgId,
    tier,
    mode,
    status,
    endReason,
    startedAtMs,
    endedAtMs,
    capturedMs,
    pausedMs,
    heldMs,
    lostMs,
    sizeBytes,
    dueAtMs,
    purgedAtMs,
  } = recording
  return facts([
    ['recording', recordingId],
    ['call', callId],
    ['owner', `${ownerId} of ${orgId}, tier ${orDash(tier)}`],
    ['mode', mode],
    ['status', endReason === null ? status : `${status} (${endReason})`],
    ['started', isoTime(startedAtMs)],
    ['ended', orDash(isoTime(endedAtMs))],
    ['captured', duration(capturedMs)],
    ['paused', duration(pausedMs)],
    ['held', duration(heldMs)],
    ['lost', duration(lostMs)],
    ['size', size(sizeBytes)],
    ['legal hold', recording.legalHold ? 'yes' : 'no'],
    ...deletionFacts(recording),
    ['due', orDash(isoTime(dueAtMs))],
    ['purged', orDash(isoTime(purgedAtMs))],
    ['manifest', orDash(recording.manifestKey)],
    ...recording.objects.map(({ index, key, fromMs, toMs }) => [`segment ${index}`, `${duration(fromMs)} to ${duration(toMs)}  ${key}`] as const),
  ])
}

function deletionDocument({ requestedAtMs, dueAtMs, actor, ...deletion }: Deletion): Record<string, unknown> {
  return { ...deletion, by: actor, requestedAt: isoTime(requestedAtMs), binEndsAt: isoTime(dueAtMs) }
}

function deletionFacts({ inBin, deletion }: RecordingDetail): (readonly [string, string])[] {
  if (deletion === null) return []
  const asked = `${DELETED[deletion.kind]} by ${deletion.actor} on ${isoTime(deletion.requestedAtMs)}: ${deletion.reason}`
  return [...(inBin && deletion.kind !== 'erasure' ? [['in the bin', `until ${isoTime(deletion.dueAtMs)}`] as const] : []), ['deletion', asked]]
}

const DELETED = {
  'user-deletion': 'as a user',
  'admin-deletion': 'as an administrator',
  erasure: 'erasure of the user’s data,',
} as const satisfies Record<Deletion['kind'], string>
