import { MEDIA_CONTENT_TYPE, encodeMedia, type MediaRun } from '@twinreel/contracts/media'
import { decodeCallEvent, type CallEvent } from '@twinreel/contracts/messages'
import type { CapturedMessage } from '../capture/capture.ts'
import type { RunShape } from '../capture/lines.ts'
import { syntheticRun } from '../capture/synthetic-audio.ts'
import { inferRuns } from './infer-shape.ts'
import { plainHeaders } from './open-sealed.ts'
import { followStreams, type Streams } from './streams.ts'

export interface Synthesized {
  messages: CapturedMessage[]
  /** Messages that nobody can read: what stands in them may be speech. */
  leftOut: number
  /** Encrypted batches whose shape had to be concluded, and those of which it could not. */
  inferred: number
  unknown: number
}

/**
 * The same messages with a sound in the place of every word: same offsets, lengths and codecs. Encrypted media whose key is gone is taken for what its length says
 * it most likely was (`gapMs`: how far its stream must be behind its publisher's clock for a gap; `null` where no key is gone); where that says nothing, its message
 * remains, without audio.
 */
export function synthesize(callId: string, messages: readonly CapturedMessage[], { gapMs }: { gapMs: number | null }): Synthesized {
  const streams = followStreams()
  const made: Synthesized = { messages: [], leftOut: 0, inferred: 0, unknown: 0 }
  for (const message of messages) {
    const { headers, value } = message
    const decoded = value === null ? null : decodeCallEvent({ key: callId, headers, value })
    // What a key that is there did not open was refused, and is somebody's secret still.
    if (decoded?.ok !== true || (gapMs === null && decoded.message.type === 'media' && decoded.message.sealed !== undefined)) {
      made.leftOut += 1
      continue
    }
    const event = decoded.message
    if (event.type !== 'media') {
      streams.take(event)
      made.messages.push(message)
      continue
    }
    const shapes = event.sealed === undefined ? event.runs.map((run) => shapeOf(run, streams)) : inferred(event, event.sealed.bytes.length, streams, gapMs ?? 0)
    if (event.sealed !== undefined) made[shapes === null ? 'unknown' : 'inferred'] += 1
    const runs = (shapes ?? []).map(syntheticRun)
    streams.take({ ...event, runs })
    made.messages.push(mediaMessage(message, event, runs))
  }
  return made
}

function shapeOf({ streamId, offset, sampleCount, bytes }: MediaRun, streams: Streams): RunShape {
  const told = streams.find(streamId)?.codec
  const codec = sampleCount > 0 && bytes.length === sampleCount * 2 ? 'L16' : told === 'PCMA' ? 'PCMA' : 'PCMU'
  return { streamId, offset, sampleCount, codec }
}

function inferred({ timeMs }: CallEvent, sealedBytes: number, streams: Streams, gapMs: number): RunShape[] | null {
  const zeroMs = streams.timeZeroMs()
  return inferRuns(sealedBytes, streams, { atMs: timeMs === null || zeroMs === null ? null : timeMs - zeroMs, gapMs })
}

/** In binary mode, whatever it came in. */
function mediaMessage(message: CapturedMessage, { id, source, timeMs, awaits, callId }: CallEvent, runs: readonly MediaRun[]): CapturedMessage {
  const value = encodeMedia(runs)
  const isBinary = message.headers['ce_specversion'] !== undefined
  const headers = isBinary
    ? plainHeaders(message.headers)
    : {
        ce_specversion: '1.0',
        ce_id: id,
        ce_source: source,
        ce_type: 'io.twinreel.media.v1',
        ...(timeMs === null ? {} : { ce_time: new Date(timeMs).toISOString() }),
        ce_subject: callId,
        ...(awaits ? { ce_awaits: 'true' } : {}),
      }
  return { ...message, headers: { ...headers, 'content-type': MEDIA_CONTENT_TYPE }, value, sizeBytes: value.length }
}
