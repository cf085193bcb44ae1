/** Where a recording's objects lie. Ids only: no phone number and no name in a key. */
export interface RecordingPath {
  orgId: string
  ownerId: string
  recordingId: string
}

export function recordingPrefix(path: RecordingPath): string {
  return `recordings/${path.orgId}/${path.ownerId}/${path.recordingId}/`
}

/** `conflictSha256`: the key of different bytes for a segment that already exists; they lie beside it under a name with their hash. */
export function segmentKey(path: RecordingPath, index: number, conflictSha256?: string): string {
  const suffix = conflictSha256 === undefined ? '' : `-${conflictSha256.slice(0, 16)}`
  return `${recordingPrefix(path)}${String(index).padStart(5, '0')}${suffix}.wav`
}

export function manifestKey(path: RecordingPath, conflictSha256?: string): string {
  const suffix = conflictSha256 === undefined ? '' : `-${conflictSha256.slice(0, 16)}`
  return `${recordingPrefix(path)}manifest${suffix}.json`
}

export interface RecordingObject extends RecordingPath {
  /** `null` for a manifest. */
  index: number | null
  /** It lay beside other bytes under the key of its own. */
  isConflict: boolean
}

const OBJECT = /^recordings\/([^/]+)\/([^/]+)\/([^/]+)\/(?:(\d{5,})|manifest)(-[0-9a-f]{16})?\.(wav|json)$/

/** What a key of a recording names; `null` for any other key. */
export function recordingObject(key: string): RecordingObject | null {
  const match = OBJECT.exec(key)
  if (match === null) return null
  // A match has all three ids.
  const [, orgId = '', ownerId = '', recordingId = '', digits, conflict, type] = match
  if ((digits === undefined) !== (type === 'json')) return null
  const index = digits === undefined ? null : Number(digits)
  return index !== null && String(index).padStart(5, '0') !== digits ? null : { orgId, ownerId, recordingId, index, isConflict: conflict !== undefined }
}
