import { createHash } from 'node:crypto'
import { commit } from '@twinreel/catalog/recorder'
import type { OutboxMessage, RecorderChange } from '@twinreel/catalog/recorder-changes'
import type { ObjectStore } from '@twinreel/object-store/port'
import { settingsSchema } from '@twinreel/recording/settings'
import { prefixOf, type RecordingFact } from './reference.ts'
import type { Owner, World } from './world.ts'

const SEGMENTS = 2
const SETTINGS = settingsSchema.parse({ mode: 'on-demand' })
const BODY = new TextEncoder().encode('speech')
const SHA256 = createHash('sha256').update(BODY).digest('hex')

/** A recording that goes on. */
export function newRecording(recordingId: string, owner: Owner, isKept: boolean): RecordingFact {
  const subject = { recordingId, orgId: owner.orgId, ownerId: owner.userId }
  const keys = [...Array.from({ length: SEGMENTS }, (_, index) => `0000${index}.wav`), 'manifest.json'].map((name) => prefixOf(subject) + name)
  return { ...subject, isOwnerKnown: owner.isKnown, isKept, endedMs: null, bin: null, keys, strays: [] }
}

/** Records it up to its last segment, with its objects. */
export async function record({ catalog, partition, store, happened, time }: World, owner: Owner, { isKept }: { isKept: boolean }): Promise<RecordingFact> {
  const recording = newRecording(`rec-${happened.recordings.length + 1}`, owner, isKept)
  await putObjects(store, recording)
  await commit(catalog, partition, beginning(recording, time.trueMs))
  happened.recordings.push(recording)
  return recording
}

/** Ends now, by the log's clock, which is right. */
export async function end({ catalog, partition, time, touched }: World, recording: RecordingFact): Promise<void> {
  await commit(catalog, partition, [ending(recording, time.trueMs)])
  recording.endedMs = time.trueMs
  touched.add(recording.recordingId)
}

/** Puts an object that no row names. */
export async function stray({ store, claimed, foreign }: World, recording: RecordingFact, { isInside }: { isInside: boolean }): Promise<void> {
  const prefix = prefixOf(recording)
  const key = isInside ? `${prefix}00000-0123456789abcdef.wav` : `${prefix.slice(0, -1)}-notes.txt`
  if (isInside && claimed.has(recording.recordingId)) return
  if ((await put(store, key)).kind === 'written') (isInside ? recording.strays : foreign).push(key)
}

export async function putObjects(store: ObjectStore, { keys }: RecordingFact): Promise<void> {
  for (const key of keys) await put(store, key)
}

function put(store: ObjectStore, key: string): ReturnType<ObjectStore['putIfAbsent']> {
  return store.putIfAbsent({ key, body: BODY, sha256: SHA256, contentType: 'audio/wav' })
}

export function beginning({ recordingId, orgId, ownerId, isKept, keys }: RecordingFact, startedAtMs: number): RecorderChange[] {
  const callId = `call-of-${recordingId}`
  const recording = { recordingId, callId, orgId, ownerId, ordinal: 1, mode: 'on-demand', settings: SETTINGS, provisional: !isKept, startedAtMs } as const
  const segments = keys.slice(0, SEGMENTS).map((key, index): RecorderChange => {
    const [fromMs, toMs] = [index * 1_000, (index + 1) * 1_000]
    return { kind: 'segment', recordingId, index, key, sha256: SHA256, sizeBytes: BODY.length, fromMs, toMs, detail: '{}' }
  })
  return [{ kind: 'recording.started', ...recording, announce: message(recordingId) }, ...segments]
}

export function ending({ recordingId, isKept, keys }: RecordingFact, endedMs: number): RecorderChange {
  return {
    kind: 'recording.ended',
    recordingId,
    status: isKept ? 'completed' : 'not-kept',
    reason: 'call-ended',
    endedAtMs: endedMs,
    endedLogMs: endedMs,
    totals: { capturedMs: SEGMENTS * 1_000, pausedMs: 0, heldMs: 0, lostMs: 0, segments: SEGMENTS, tones: 0, prompts: 0 },
    sizeBytes: keys.length * BODY.length,
    manifest: { key: keys.at(-1) ?? '', sha256: SHA256, sizeBytes: BODY.length },
    announce: message(recordingId),
  }
}

function message(key: string): OutboxMessage {
  return { topic: 'recordings', key, headers: { ce_id: key }, value: '{}' }
}
