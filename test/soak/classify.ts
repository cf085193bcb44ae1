/** Samples of one channel, by what became of them. */
export interface Counts {
  lost: number
  duplicated: number
  swapped: number
}

export interface Channel {
  /** All that was said on the streams of those who may be heard on it. */
  own: readonly Uint8Array[]
  sampleBytes: number
  silence: number
}

/** Samples that are looked up together: the lowest bits of so many tell every place of every stream from all others. */
const WINDOW = 64

/**
 * What is wrong in a channel that is not what it should be: `lost`, there is silence, or nothing, where something was spoken; `duplicated`, what was spoken on one of
 * the channel's own streams at another time, or more than there should be; `swapped`, anything else, as another's speech is.
 */
export function classify(found: Uint8Array, wanted: Uint8Array, { own, sampleBytes, silence }: Channel): Counts {
  const counts: Counts = { lost: 0, duplicated: 0, swapped: 0 }
  const samples = (bytes: Uint8Array): number => Math.ceil(bytes.length / sampleBytes)
  const streams = own.map((stream) => Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength))
  const step = WINDOW * sampleBytes
  for (let at = 0; at < Math.max(found.length, wanted.length); at += step) {
    const [is, should] = [found.subarray(at, at + step), wanted.subarray(at, at + step)]
    counts.lost += samples(should.subarray(is.length))
    counts.duplicated += samples(is.subarray(should.length))
    const other = Buffer.from(is.subarray(0, should.length))
    if (other.equals(should.subarray(0, is.length))) continue
    if (other.every((byte) => byte === silence)) counts.lost += samples(other)
    else if (streams.some((stream) => stream.includes(other))) counts.duplicated += samples(other)
    else counts.swapped += samples(other)
  }
  return counts
}
