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

/** A recording that goes on, with objects of its own. */
export async function record(world: World, owner: Owner, { isKept }: { isKept: boolean }): Promise<RecordingFact> {
  const { catalog, partition, store, happened } = world
  const recordingId = `rec-${happened.recordings.length + 1}`
  const subject = { recordingId, orgId: owner.orgId, ownerId: owner.userId }
  const keys = [...Array.from({ length: SEGMENTS }, (_, index) => `0000${index}.wav`), 'manifest.json'].map((name) => prefixOf(subject) + name)
  const recording = { ...subject, isOwnerKnown: owner.isKnown, isKept, endedMs: null, keys, strays: [] }
  for (const key of keys) await put(store, key)
  await commit(catalog, partition, [started(recording, world.time.trueMs), ...keys.slice(0, SEGMENTS).map((key, index) => segment(recordingId, key, index))])
  happened.recordings.push(recording)
  return recording
}

/** Ends now, by the log's clock, which is right. */
export async function end({ catalog, partition, time, touched }: World, recording: RecordingFact): Promise<void> {
  await commit(catalog, partition, [ended(recording, time.trueMs)])
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

function put(store: ObjectStore, key: string): ReturnType<ObjectStore['putIfAbsent']> {
  return store.putIfAbsent({ key, body: BODY, sha256: SHA256, contentType: 'audio/wav' })
}

function started({ recordingId, orgId, ownerId, isKept }: RecordingFact, startedAtMs: number): RecorderChange {
  const announce = message(recordingId)
  const callId = `call-of-${recordingId}`
  return {
    kind: 'recording.started',
    recordingId,
    callId,
    orgId,
    ownerId,
    ordinal: 1,
    mode: 'on-demand',
    settings: SETTINGS,
    provisional: !isKept,
    startedAtMs,
    announce,
  }
}

function segment(recordingId: string, key: string, index: number): RecorderChange {
  return { kind: 'segment', recordingId, index, key, sha256: SHA256, sizeBytes: BODY.length, fromMs: index * 1_000, toMs: (index + 1) * 1_000, detail: '{}' }
}

function ended({ recordingId, isKept, keys }: RecordingFact, endedMs: number): RecorderChange {
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
