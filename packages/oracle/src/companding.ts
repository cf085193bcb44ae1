/** How a sample is written: G.711 by its two laws, or 16 bit linear (little-endian in files). */
export type Codec = 'PCMU' | 'PCMA' | 'L16'

export interface Format {
  codec: Codec
  sampleRateHz: number
}

export const SILENT_BYTE: Readonly<Record<Codec, number>> = { PCMU: 0xff, PCMA: 0xd5, L16: 0 }

export function sampleBytes(codec: Codec): 1 | 2 {
  return codec === 'L16' ? 2 : 1
}

const EXPANDED = { PCMU: Int16Array.from({ length: 256 }, (_, code) => expandMu(code)), PCMA: Int16Array.from({ length: 256 }, (_, code) => expandA(code)) }

/** Bytes to 16 bit samples (ITU-T G.711, tables 1 and 2, at the 16 bit scale of ITU-T G.191). */
export function expand(bytes: Uint8Array, codec: Codec): Int16Array {
  const samples = new Int16Array(bytes.length / sampleBytes(codec))
  if (codec === 'L16') {
    for (let i = 0; i < samples.length; i++) samples[i] = ((bytes[2 * i + 1] ?? 0) << 8) | (bytes[2 * i] ?? 0)
    return samples
  }
  const table = EXPANDED[codec]
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i] ?? 0] ?? 0
  return samples
}

/** One 16 bit sample to its G.711 code, as the reference software of ITU-T G.191 does it: negative values by their one's complement. */
export function compress(sample: number, law: 'PCMU' | 'PCMA'): number {
  const magnitude = sample < 0 ? ~sample : sample
  const positive = sample < 0 ? 0 : 0x80
  if (law === 'PCMU') {
    const biased = Math.min(magnitude + 132, 32_767)
    const chord = 24 - Math.clz32(biased)
    return positive | (~((chord << 4) | ((biased >> (chord + 3)) & 15)) & 0x7f)
  }
  const step = magnitude >> 4
  if (step < 16) return (positive | step) ^ 0x55
  const chord = 28 - Math.clz32(step)
  return (positive | (chord << 4) | ((step >> (chord - 1)) & 15)) ^ 0x55
}

function expandMu(code: number): number {
  const bits = ~code & 0x7f
  const magnitude = (((bits & 15) * 8 + 132) << (bits >> 4)) - 132
  return code & 0x80 ? magnitude : -magnitude
}

function expandA(code: number): number {
  const bits = (code ^ 0x55) & 0x7f
  const chord = bits >> 4
  const magnitude = chord === 0 ? (bits & 15) * 16 + 8 : ((bits & 15) * 16 + 264) << (chord - 1)
  return code & 0x80 ? magnitude : -magnitude
}
