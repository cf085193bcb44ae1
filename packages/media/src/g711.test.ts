import { describe, expect, test } from 'vitest'
import type { Codec } from './format.ts'
import { decode, encode } from './g711.ts'

const ALL_CODES = Uint8Array.from({ length: 256 }, (_, code) => code)
const ALL_SAMPLES = Int16Array.from({ length: 65536 }, (_, i) => i - 32768)

function valueOf(code: number, codec: Codec): number | undefined {
  return decode(Uint8Array.of(code), codec)[0]
}

function codeOf(sample: number, codec: Codec): number | undefined {
  return encode(Int16Array.of(sample), codec)[0]
}

describe('µ-law', () => {
  // G.711 table 2a: the first value of each segment, on its 14 bit scale.
  test.each([
    [0x80, 8031],
    [0x8f, 4191],
    [0x9f, 2079],
    [0xaf, 1023],
    [0xbf, 495],
    [0xcf, 231],
    [0xdf, 99],
    [0xef, 33],
    [0xfe, 2],
    [0xff, 0],
  ])('code %i is ±%i', (code, value) => {
    expect(valueOf(code, 'PCMU')).toBe(value * 4)
    expect(Math.abs(valueOf(code ^ 0x80, 'PCMU') ?? NaN)).toBe(value * 4)
  })

  test('every code comes back from its value, but negative zero, which becomes zero', () => {
    const back = encode(decode(ALL_CODES, 'PCMU'), 'PCMU')
    expect([...back]).toEqual([...ALL_CODES].map((code) => (code === 0x7f ? 0xff : code)))
  })

  test('decision values lie where G.711 puts them', () => {
    expect([3, 4, 11, 12, 123, 124].map((sample) => codeOf(sample, 'PCMU'))).toEqual([0xff, 0xfe, 0xfe, 0xfd, 0xf0, 0xef])
  })

  test('the 1 kHz reference tone of 0 dBm0 is the octet sequence of G.711 table 6', () => {
    expect([...encode(referenceTone(32636, 3.17), 'PCMU')]).toEqual([0x9e, 0x8b, 0x8b, 0x9e, 0x1e, 0x0b, 0x0b, 0x1e])
  })
})

describe('A-law', () => {
  // G.711 table 1a, on its 13 bit scale.
  test.each([
    [0xaa, 4032],
    [0xa5, 2112],
    [0xb5, 1056],
    [0x85, 528],
    [0x95, 264],
    [0xe5, 132],
    [0xf5, 66],
    [0xd4, 3],
    [0xd5, 1],
  ])('code %i is ±%i', (code, value) => {
    expect(valueOf(code, 'PCMA')).toBe(value * 8)
    expect(valueOf(code ^ 0x80, 'PCMA')).toBe(value * -8)
  })

  test('every code comes back from its value', () => {
    expect([...encode(decode(ALL_CODES, 'PCMA'), 'PCMA')]).toEqual([...ALL_CODES])
  })

  test('decision values lie where G.711 puts them', () => {
    expect([0, 15, 16, 255, 256, 511, 512].map((sample) => codeOf(sample, 'PCMA'))).toEqual([0xd5, 0xd5, 0xd4, 0xda, 0xc5, 0xca, 0xf5])
  })

  test('the 1 kHz reference tone of 0 dBm0 is the octet sequence of G.711 table 5', () => {
    expect([...encode(referenceTone(32768, 3.14), 'PCMA')]).toEqual([0xb4, 0xa1, 0xa1, 0xb4, 0x34, 0x21, 0x21, 0x34])
  })
})

test.each(['PCMU', 'PCMA'] as const)('%s keeps every sample to within half a quantizing step, and never swaps two', (codec) => {
  const decoded = [...decode(encode(ALL_SAMPLES, codec), codec)]
  // A segment's steps are a sixteenth of its start, which µ-law moves by 132; the loudest samples are clipped.
  const tooFar = decoded.filter((value, i) => {
    const loudness = Math.abs(i - 32768)
    return Math.abs(value - (i - 32768)) > Math.max(8, (loudness + 132) / 32, loudness - 32124)
  })
  expect(tooFar).toEqual([])
  expect(decoded.toSorted((a, b) => a - b)).toEqual(decoded)
})

test('L16 keeps every sample', () => {
  expect(decode(encode(ALL_SAMPLES, 'L16'), 'L16')).toEqual(ALL_SAMPLES)
})

/** Eight samples of 1 kHz at 8 kHz, symmetric about zero as in the tables; overload is at `maxDbm0`. */
function referenceTone(overload: number, maxDbm0: number): Int16Array {
  const peak = overload * 10 ** (-maxDbm0 / 20)
  return Int16Array.from({ length: 8 }, (_, i) => Math.round(peak * Math.sin((i + 0.5) * (Math.PI / 4))))
}
