import { bytesPerSample, type AudioFormat } from '@twinreel/media/format'
import { bitsAt, keyOf, type Key } from '@twinreel/simulator/random'
import type { Speaker } from '@twinreel/simulator/speech'

/** Where a piece of marked speech was said. `byte`: of the stream as it went over the wire, from its offset 0. */
export interface Said {
  callId: string
  streamId: string
  format: AudioFormat
  byte: number
  sample: number
}

/**
 * Speech in which every eight bytes are a number under a cipher: which stream, and which eight bytes of it. Whoever holds any fifteen bytes of it knows where
 * they were said, so that nothing can be lost, repeated, swapped or leaked unseen.
 */
export interface MarkedSpeech {
  readonly speak: Speaker
  /** Where eight bytes, as they went over the wire, were said, if they are a whole mark. */
  identify(bytes: Uint8Array, at: number): Said | null
}

export const MARK_BYTES = 8
/** In the left half below the stream's number; what happens to decipher to it is one in four thousand million. */
const SIGN_BITS = 8
const SIGN = 0xa5
const ROUNDS = 4

export function markedSpeech(seed: number): MarkedSpeech {
  const key = keyOf('marked speech', seed)
  const streams: Omit<Said, 'byte' | 'sample'>[] = []

  function numberOf(callId: string, streamId: string, format: AudioFormat): number {
    const known = streams.findIndex(
      (one) => one.callId === callId && one.streamId === streamId && one.format.codec === format.codec && one.format.sampleRateHz === format.sampleRateHz,
    )
    return known >= 0 ? known : streams.push({ callId, streamId, format }) - 1
  }

  return {
    speak({ callId, streamId, format }) {
      const number = numberOf(callId, streamId, format)
      const width = bytesPerSample(format.codec)
      return (from, to) => marks(key, (number << SIGN_BITS) | SIGN, from * width, to * width)
    },
    identify(bytes, at) {
      if (at < 0 || at + MARK_BYTES > bytes.length) return null
      let left = read(bytes, at)
      let right = read(bytes, at + 4)
      for (let round = ROUNDS - 1; round >= 0; round--) [left, right] = [right ^ bitsAt(key, left ^ (round * 0x9e3779b9)), left]
      const stream = (left & 0xff) === SIGN ? streams[left >>> SIGN_BITS] : undefined
      const block = right >>> 0
      if (stream === undefined || block > 0x1000_0000) return null
      const byte = block * MARK_BYTES
      return { ...stream, byte, sample: byte / bytesPerSample(stream.format.codec) }
    },
  }
}

function marks(key: Key, name: number, from: number, to: number): Uint8Array {
  if (!(from < to)) return new Uint8Array(0)
  const firstBlock = Math.floor(from / MARK_BYTES)
  const blocks = Math.ceil(to / MARK_BYTES) - firstBlock
  const bytes = new Uint8Array(blocks * MARK_BYTES)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < blocks; i++) {
    let left = name
    let right = firstBlock + i
    for (let round = 0; round < ROUNDS; round++) [left, right] = [right, left ^ bitsAt(key, right ^ (round * 0x9e3779b9))]
    view.setInt32(i * MARK_BYTES, left)
    view.setInt32(i * MARK_BYTES + 4, right)
  }
  return bytes.subarray(from - firstBlock * MARK_BYTES, to - firstBlock * MARK_BYTES)
}

function read(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}
