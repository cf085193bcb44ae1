import type { Codec } from './format.ts'
import { l16ToSamples, samplesToL16 } from './l16.ts'

const ULAW_TO_LINEAR = Int16Array.from({ length: 256 }, (_, code) => ulawValue(code))
const ALAW_TO_LINEAR = Int16Array.from({ length: 256 }, (_, code) => alawValue(code))
const LINEAR_TO_ULAW = encodeTable(ulawDecision, (index) => ~index & 0x7f)
const LINEAR_TO_ALAW = encodeTable(alawDecision, (index) => index ^ 0x55)

/**
 * Bytes to 16 bit samples: the values of ITU-T G.711's table 1 (A-law, times 8) and 2 (µ-law, times 4).
 * Throws RangeError for half an L16 sample.
 */
export function decode(bytes: Uint8Array, codec: Codec): Int16Array {
  switch (codec) {
    case 'PCMU':
      return expand(bytes, ULAW_TO_LINEAR)
    case 'PCMA':
      return expand(bytes, ALAW_TO_LINEAR)
    case 'L16':
      return l16ToSamples(bytes)
  }
}

/** 16 bit samples to bytes, by the decision values of ITU-T G.711; too loud for the law is its loudest code. */
export function encode(samples: Int16Array, codec: Codec): Uint8Array {
  switch (codec) {
    case 'PCMU':
      return compress(samples, LINEAR_TO_ULAW)
    case 'PCMA':
      return compress(samples, LINEAR_TO_ALAW)
    case 'L16':
      return samplesToL16(samples)
  }
}

function expand(bytes: Uint8Array, table: Int16Array): Int16Array {
  const samples = new Int16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i] ?? 0] ?? 0
  return samples
}

function compress(samples: Int16Array, table: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) bytes[i] = table[(samples[i] ?? 0) & 0xffff] ?? 0
  return bytes
}

function ulawValue(code: number): number {
  const bits = ~code & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + 132) << ((bits >> 4) & 7)) - 132
  return (bits & 0x80) === 0 ? magnitude : -magnitude
}

function alawValue(code: number): number {
  const bits = code ^ 0x55
  const segment = (bits >> 4) & 7
  const step = (bits & 0x0f) << 4
  const magnitude = segment === 0 ? step + 8 : (step + 264) << (segment - 1)
  return (bits & 0x80) === 0 ? -magnitude : magnitude
}

// The smallest magnitude that gets the index-th code, counted from silence.
function ulawDecision(index: number): number {
  return Math.max(0, ((((index & 0x0f) << 3) + 128) << (index >> 4)) - 132)
}

function alawDecision(index: number): number {
  const segment = index >> 4
  const step = (index & 0x0f) << 4
  return segment === 0 ? step : (step + 256) << (segment - 1)
}

// Indexed by the sample as an unsigned 16 bit number. A negative sample takes the code of its one's complement, as in
// the ITU-T's own software tools (G.191): so the two halves mirror each other and −32768 needs no special case.
function encodeTable(decision: (index: number) => number, code: (index: number) => number): Uint8Array {
  const table = new Uint8Array(65536)
  for (let index = 0; index < 128; index++) {
    // Everything louder as well: the next code takes over where it begins.
    const from = decision(index)
    table.fill(code(index) | 0x80, from, 32768)
    table.fill(code(index) & 0x7f, 32768, 65536 - from)
  }
  return table
}
