/** Something that does not hold, with the recording and the moment where that shows. */
export interface Finding {
  recordingId: string | null
  callId: string | null
  /** Call time, milliseconds since the answer; `null` when it is not about a moment. */
  atMs: number | null
  message: string
}

export function told({ recordingId, callId, atMs, message }: Finding): string {
  const who = [recordingId === null ? '' : `recording ${recordingId}`, callId === null ? '' : `call ${callId}`].filter((part) => part !== '').join(' of ')
  const where = [who, atMs === null ? '' : `at ${atMs} ms`].filter((part) => part !== '').join(', ')
  return where === '' ? message : `${where}: ${message}`
}
