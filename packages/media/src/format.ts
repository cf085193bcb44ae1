/**
 * How a sample is stored. PCMU and PCMA are G.711, one byte a sample. L16 is signed 16 bit linear, little-endian
 * everywhere in this package and in WAV files; RTP carries it in network order (RFC 3551 §4.5.11), see `l16.ts`.
 */
export type Codec = 'PCMU' | 'PCMA' | 'L16'

/** One channel's encoding. */
export interface AudioFormat {
  readonly codec: Codec
  readonly sampleRateHz: number
}

export function bytesPerSample(codec: Codec): 1 | 2 {
  switch (codec) {
    case 'PCMU':
    case 'PCMA':
      return 1
    case 'L16':
      return 2
  }
}

/** The byte that, repeated, is silence: positive zero of µ-law, the smallest positive value of A-law (it has no zero). */
export function silenceByte(codec: Codec): number {
  switch (codec) {
    case 'PCMU':
      return 0xff
    case 'PCMA':
      return 0xd5
    case 'L16':
      return 0
  }
}

/** Whole samples in `ms` milliseconds, rounded down. */
export function msToSamples(ms: number, rateHz: number): number {
  return Math.floor((ms * rateHz) / 1000)
}

/** Whole milliseconds in `samples` samples, rounded down. */
export function samplesToMs(samples: number, rateHz: number): number {
  return Math.floor((samples * 1000) / rateHz)
}

/** Whether bytes of one can stand for bytes of the other as they are. */
export function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.codec === b.codec && a.sampleRateHz === b.sampleRateHz
}
