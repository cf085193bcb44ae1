import { bytesPerSample, type AudioFormat } from '@twinreel/media/format'
import { bitsAt, keyOf, type Key } from './random.ts'
import type { SpeechLoop } from './voices.ts'

/**
 * What one participant says into one stream: recorded speech from a seeded place on, over and over, with a seeded bit in the lowest
 * place of every sample. The bits tell any 100 ms of any stream from all others, so a recording that holds the wrong audio, or the
 * right audio in the wrong place, can't pass for the right one; the ear hears no difference.
 */
export interface Speech {
  readonly loop: SpeechLoop
  readonly startWord: number
  readonly key: Key
}

/** Samples [from, to) of a stream as they go over the wire: any range, in any order, gives the same bytes. */
export type Voiced = (from: number, to: number) => Uint8Array

/** Who speaks on a stream instead of the recorded voices. */
export type Speaker = (stream: { seed: number; callId: string; streamId: string; format: AudioFormat }) => Voiced

/** Samples that share one draw of 32 bits. */
const BLOCK_SAMPLES = 32
/** The lowest bit of every sample in a word, by bytes a sample; two-byte samples are big-endian on the wire. */
const LOWEST_BITS = { 1: wordOf(1, 1, 1, 1), 2: wordOf(0, 1, 0, 1) } as const

export function speechOf(stream: { seed: number; callId: string; streamId: string }, loop: SpeechLoop): Speech {
  const { codec, sampleRateHz } = loop.format
  // A renegotiated stream counts its offsets in the new rate, over the old ones: it needs bits of its own.
  const key = keyOf('speech', stream.seed, stream.callId, stream.streamId, codec, sampleRateHz)
  return { loop, key, startWord: (bitsAt(key, -1) >>> 0) % loop.words.length }
}

/** Samples [from, to) as they go over the wire (L16 big-endian, RFC 3551 §4.5.11). Any range, in any order, gives the same bytes. */
export function spoken(speech: Speech, from: number, to: number): Uint8Array {
  const sampleBytes = bytesPerSample(speech.loop.format.codec)
  const firstBlock = Math.floor(from / BLOCK_SAMPLES)
  const blocks = Math.ceil(to / BLOCK_SAMPLES) - firstBlock
  if (!(from < to)) return new Uint8Array(0)
  const wordsPerBlock = (BLOCK_SAMPLES * sampleBytes) / 4
  const words = new Int32Array(blocks * wordsPerBlock)
  fill(words, speech, firstBlock, wordsPerBlock, LOWEST_BITS[sampleBytes])
  return new Uint8Array(words.buffer, (from - firstBlock * BLOCK_SAMPLES) * sampleBytes, (to - from) * sampleBytes)
}

function fill(words: Int32Array, { loop, startWord, key }: Speech, firstBlock: number, wordsPerBlock: number, lowestBits: number): void {
  const source = loop.words
  const others = ~lowestBits
  let at = (startWord + firstBlock * wordsPerBlock) % source.length
  for (let word = 0, block = firstBlock; word < words.length; block++) {
    let bits = bitsAt(key, block)
    for (const end = word + wordsPerBlock; word < end; word++) {
      words[word] = ((source[at] ?? 0) & others) | (bits & lowestBits)
      // Turning by one puts bits that were not used yet under every sample's place, until all 32 have been.
      bits = (bits >>> 1) | (bits << 31)
      at = at + 1 === source.length ? 0 : at + 1
    }
  }
}

function wordOf(...bytes: [number, number, number, number]): number {
  return new Int32Array(Uint8Array.from(bytes).buffer)[0] ?? 0
}
