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
