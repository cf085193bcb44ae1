import type { CallEvent } from '@twinreel/contracts/messages'
import type { StreamDescription } from '@twinreel/contracts/call-events'
import { bytesPerSample, msToSamples, type Codec } from '@twinreel/media/format'

export interface OpenStream {
  streamId: string
  codec: Codec
  sampleRateHz: number
  participantIds: readonly string[]
  /** Where its next sample would stand if it goes on without a gap. */
  nextSample: number
}

/** The streams of a call as its events declare them, message by message. */
export interface Streams {
  take(event: CallEvent): void
  find(streamId: string): OpenStream | undefined
  /** Those on which somebody who is still in the call is heard, in the order of their declaration. */
  live(): OpenStream[]
  /** Epoch ms of the answer; `null` before it. */
  timeZeroMs(): number | null
}

export function followStreams(): Streams {
  const streams = new Map<string, OpenStream>()
  const left = new Set<string>()
  let timeZeroMs: number | null = null

  function declare({ streamId, codec, sampleRateHz, participantIds }: StreamDescription, atMs: number): void {
    streams.set(streamId, { streamId, codec, sampleRateHz, participantIds, nextSample: msToSamples(atMs, sampleRateHz) })
  }

  return {
    take(event) {
      switch (event.type) {
        case 'call.answered':
          timeZeroMs = event.timeMs
          for (const stream of event.data.streams) declare(stream, 0)
          return
        case 'participant.joined':
          left.delete(event.data.participant.participantId)
          for (const stream of event.data.streams) declare(stream, event.data.atMs ?? 0)
          return
        case 'participant.left':
          return void left.add(event.data.participantId)
        case 'stream.added':
        case 'stream.changed':
          return declare(event.data.stream, event.data.atMs ?? 0)
        case 'media':
          for (const { streamId, offset, sampleCount } of event.runs) {
            const stream = streams.get(streamId)
            if (stream !== undefined) stream.nextSample = Math.max(stream.nextSample, offset + sampleCount)
          }
          return
        default:
      }
    },
    find: (streamId) => streams.get(streamId),
    live: () => [...streams.values()].filter(({ participantIds }) => participantIds.some((id) => !left.has(id))),
    timeZeroMs: () => timeZeroMs,
  }
}

export function bytesPerMs({ codec, sampleRateHz }: OpenStream): number {
  return (sampleRateHz / 1_000) * bytesPerSample(codec)
}
