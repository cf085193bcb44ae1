import { AccountError } from '@twinreel/catalog/accounts/account-error'
import { BIN_MS, deleteRecordings, restoreRecordings } from '@twinreel/catalog/deletions'
import type { RecordingFact } from './reference.ts'
import { BECAUSE, type World } from './world.ts'

/** Into the bin, by its owner or an administrator. */
export async function bin({ catalog, claimed, touched, time, wrong, seen }: World, recording: RecordingFact): Promise<void> {
  const { recordingId } = recording
  const outcomes = await deleteRecordings(catalog, { ...BECAUSE, recordingIds: [recordingId], by: 'user' }).catch((error: unknown) => {
    if (error instanceof AccountError && error.code === 'clock-behind') return null
    throw error
  })
  if (outcomes === null) return
  const [outcome] = outcomes
  const expected = claimed.has(recordingId) ? 'already-deleted' : recording.bin === null ? 'in-bin' : 'already-in-bin'
  if (outcome?.kind !== expected) wrong.push(`${recordingId} was deleted: ${outcome?.kind}; it is ${expected}`)
  if (expected !== 'in-bin') return
  recording.bin = { endsMs: time.trueMs + Math.min(0, time.errorMs) + BIN_MS, endsByClockMs: time.trueMs + time.errorMs + BIN_MS }
  touched.add(recordingId)
  seen.add('deleted by somebody')
}

export async function restore({ catalog, claimed, touched, wrong, seen }: World, recording: RecordingFact): Promise<void> {
  const { recordingId } = recording
  const [outcome] = await restoreRecordings(catalog, { ...BECAUSE, recordingIds: [recordingId] })
  const expected = claimed.has(recordingId) ? 'already-deleted' : recording.bin === null ? 'not-in-bin' : 'restored'
  const told = outcome?.kind === 'refused' ? outcome.why : outcome?.kind
  if (told !== expected) wrong.push(`${recordingId} was to be restored: ${told}; it is ${expected}`)
  if (expected !== 'restored') return
  recording.bin = null
  touched.add(recordingId)
  seen.add('restored')
}
