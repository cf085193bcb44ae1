import type { MediaRun } from '@twinreel/contracts/media'
import { encode } from '@twinreel/media/g711'
import type { Codec } from '@twinreel/media/format'
import type { RunShape } from './lines.ts'

/** After so many samples a stream's sound comes again. */
const PERIOD = 8_000
const LOUDNESS = 6_000

/**
 * A sound in the place of speech: a sample depends on its stream, its codec and its offset alone, so that a repeat is a repeat and every stream sounds
 * different. No word was ever in it.
 */
export function syntheticRun({ streamId, offset, sampleCount, codec }: RunShape): MediaRun {
  const sound = soundOf(streamId, codec)
  const width = sound.length / PERIOD
  const bytes = new Uint8Array(sampleCount * width)
  for (let at = 0; at < sampleCount;) {
    const from = (offset + at) % PERIOD
    const count = Math.min(PERIOD - from, sampleCount - at)
    bytes.set(sound.subarray(from * width, (from + count) * width), at * width)
    at += count
  }
  return { streamId, offset, sampleCount, bytes }
}

const sounds = new Map<string, Uint8Array>()
const MOST_SOUNDS = 256

/** One period, as it goes over the wire: L16 big-endian (RFC 3551 §4.5.11). */
function soundOf(streamId: string, codec: Codec): Uint8Array {
  const name = `${codec} ${streamId}`
  const known = sounds.get(name)
  if (known !== undefined) return known
  const samples = tone(streamId)
  const sound = codec === 'L16' ? bigEndian(samples) : encode(samples, codec)
  if (sounds.size >= MOST_SOUNDS) sounds.clear()
  sounds.set(name, sound)
  return sound
}

/** A tone of whole waves in a period, with a noise of its own under it: no two pieces of a period are alike. */
function tone(streamId: string): Int16Array {
  let noise = hash(streamId)
  const waves = 200 + (noise % 800)
  return Int16Array.from({ length: PERIOD }, (_, i) => {
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0
    return Math.round(LOUDNESS * Math.sin((2 * Math.PI * waves * i) / PERIOD) + (noise / 2 ** 32 - 0.5) * LOUDNESS)
  })
}

function bigEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2)
  const view = new DataView(bytes.buffer)
  samples.forEach((sample, i) => view.setInt16(i * 2, sample))
  return bytes
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
