import { createHash } from 'node:crypto'
import { segmentRows } from '@twinreel/catalog/recorder'
import type { OutboxMessage, RecorderChange } from '@twinreel/catalog/recorder-changes'
import { encodeLifecycle, type EventOptions } from '@twinreel/contracts/messages'
import type { LogRecord } from '@twinreel/event-log/port'
import type { Effect } from '@twinreel/recording/effects'
import { manifestKey, segmentKey } from '@twinreel/recording/keys'
import { isSameManifest } from '@twinreel/recording/manifest-signature'
import { manifest, segmentDetail, type SealedSegment, type SegmentDetail } from '@twinreel/recording/manifest'
import type { Segment } from '@twinreel/recording/segment'
import { settingsSchema } from '@twinreel/recording/settings'
import type { AudioBuffer } from './audio-buffer.ts'
import type { PiecePool } from './audio-pieces.ts'
import type { RecorderDeps } from './deps.ts'
import { SOURCE, outboxMessage } from './effect-changes.ts'
import { gather, segmentWav } from './segment-audio.ts'
import type { WriteLease } from './partition-lease.ts'
import type { Patiently } from './patience.ts'
import type { StoreWriter } from './store-writer.ts'

type Ended = Extract<Effect, { kind: 'recording.ended' }>

/** Writes a sealed segment; the change says where it lies. Takes its audio now: the buffer may be emptied as soon as this returns. */
export function segmentJob(job: {
  writer: StoreWriter
  segment: Segment
  buffer: AudioBuffer
  pool: PiecePool
  lease: WriteLease
}): () => Promise<RecorderChange> {
  const { writer, segment, buffer, pool, lease } = job
  const audio = gather(segment, buffer)
  const detail = JSON.stringify(segmentDetail(segment))
  return async () => {
    const { recordingId, index, fromMs, toMs } = segment
    const written = await writer.write({
      key: segmentKey(segment, index),
      conflictKey: (sha256) => segmentKey(segment, index, sha256),
      contentType: 'audio/wav',
      sizeBytes: audio.sizeBytes,
      lease,
      bytes(scratch) {
        const file = segmentWav(audio, scratch)
        for (const piece of audio.pieces) pool.leave(piece)
        return file
      },
    })
    return { kind: 'segment', recordingId, index, ...written, fromMs, toMs, detail }
  }
}

/** Writes the manifest from the recording's rows, all of which are committed by now; the change ends the recording. */
export function endedJob(job: {
  deps: Pick<RecorderDeps, 'catalog' | 'signer' | 'trustedKeys'>
  patiently: Patiently
  writer: StoreWriter
  effect: Ended
  callId: string
  record: LogRecord
  lease: WriteLease
}): () => Promise<RecorderChange> {
  const { patiently, writer, effect, callId, record, lease } = job
  const { catalog, signer, trustedKeys } = job.deps
  return async () => {
    const { recordingId, orgId, ownerId, reason, endedAtMs, totals } = effect
    const segments = (await patiently(() => segmentRows(catalog, recordingId))).map((row): SealedSegment => ({
      index: row.segment_index,
      key: row.key,
      sha256: row.sha256,
      sizeBytes: row.size_bytes,
      fromMs: row.from_ms,
      toMs: row.to_ms,
      detail: JSON.parse(row.detail) as SegmentDetail,
    }))
    const options = (what: string): EventOptions => ({ id: `${recordingId}/${what}`, source: SOURCE, timeMs: record.appendedAtMs })
    const failed = (why: string): OutboxMessage =>
      outboxMessage(
        encodeLifecycle(recordingId, 'recording.failed', { recordingId, orgId, callId, ownerId, reason: why, atMs: effect.atMs }, options('failed')),
      )
    const ended = { kind: 'recording.ended' as const, recordingId, reason, endedAtMs, endedLogMs: record.appendedAtMs, totals }
    if (segments.length === 0) {
      const isLost = reason === 'log-lost'
      return { ...ended, status: isLost ? 'failed' : 'empty', sizeBytes: 0, manifest: null, announce: failed(isLost ? reason : 'nothing-captured') }
    }
    const row = await patiently(() =>
      catalog.db
        .selectFrom('recordings')
        .select(['ordinal', 'mode', 'settings', 'started_at_ms'])
        .where('recording_id', '=', recordingId)
        .executeTakeFirstOrThrow(),
    )
    const body = manifest(
      {
        recordingId,
        callId,
        orgId,
        ownerId,
        ordinal: row.ordinal,
        mode: row.mode,
        settings: settingsSchema.parse(JSON.parse(row.settings)),
        startedAtMs: row.started_at_ms,
        endedAtMs,
        endReason: reason,
        call: effect.call,
        totals,
        tail: effect.tail,
        segments,
      },
      { sha256: sha256Of, signer },
    )
    const written = await writer.write({
      key: manifestKey(effect),
      conflictKey: (sha256) => manifestKey(effect, sha256),
      isSame: (present, ours) => isSameManifest(present, ours, trustedKeys),
      contentType: 'application/json',
      sizeBytes: body.length,
      lease,
      bytes: () => body,
    })
    const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
    const status = !effect.kept ? 'not-kept' : reason === 'log-lost' ? 'failed' : 'completed'
    const lifecycle = {
      recordingId,
      orgId,
      callId,
      ownerId,
      startedAt: new Date(row.started_at_ms).toISOString(),
      endedAt: new Date(endedAtMs).toISOString(),
      capturedMs: totals.capturedMs,
      pausedMs: totals.pausedMs,
      heldMs: totals.heldMs,
      lostMs: totals.lostMs,
      segments: segments.length,
      sizeBytes,
      manifestKey: written.key,
    }
    const completed = outboxMessage(encodeLifecycle(recordingId, 'recording.completed', lifecycle, options('completed')))
    // Of a recording that nobody kept, its purge is told.
    const announce = status === 'completed' ? completed : status === 'failed' ? failed(reason) : null
    return { ...ended, status, sizeBytes, manifest: written, announce }
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
