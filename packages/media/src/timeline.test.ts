import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AudioFormat, Codec } from './format.ts'
import { bytesPerSample, silenceByte } from './format.ts'
import { decode, encode } from './g711.ts'
import { fillChannel } from './timeline.ts'
import type { Run, Source } from './timeline.ts'

const PCMU: AudioFormat = { codec: 'PCMU', sampleRateHz: 8000 }
const PCMA: AudioFormat = { codec: 'PCMA', sampleRateHz: 8000 }
const L16: AudioFormat = { codec: 'L16', sampleRateHz: 8000 }
const WIDE: AudioFormat = { codec: 'L16', sampleRateHz: 16000 }

function run(offset: number, ...bytes: number[]): Run {
  return { offset, sampleCount: bytes.length, bytes: Uint8Array.from(bytes) }
}

function linear(offset: number, samples: Int16Array, codec: Codec = 'L16'): Run {
  return { offset, sampleCount: samples.length, bytes: encode(samples, codec) }
}

function filled(format: AudioFormat, fromSample: number, toSample: number, ...sources: Source[]): number[] {
  return [...fillChannel({ format, fromSample, toSample, sources })]
}

describe('one source in the channel’s own format', () => {
  test('its bytes stand where their offsets say, silence elsewhere', () => {
    const source = { format: PCMU, runs: [run(2, 1, 2), run(6, 3)] }
    expect(filled(PCMU, 0, 8, source)).toEqual([0xff, 0xff, 1, 2, 0xff, 0xff, 3, 0xff])
  })

  test('a range may begin and end within runs, also in L16', () => {
    const source = { format: L16, runs: [linear(10, Int16Array.of(1, 2, 3)), linear(13, Int16Array.of(4, 5, 6))] }
    expect(filled(L16, 11, 15, source)).toEqual([2, 0, 3, 0, 4, 0, 5, 0])
  })

  test('codes that decode alike are not exchanged for one another', () => {
    expect(filled(PCMU, 0, 2, { format: PCMU, runs: [run(0, 0x7f, 0xff)] })).toEqual([0x7f, 0xff])
  })

  test('no source is silence of the codec', () => {
    expect(filled(PCMA, 5, 8)).toEqual([0xd5, 0xd5, 0xd5])
    expect(filled(L16, 5, 7)).toEqual([0, 0, 0, 0])
  })

  test('of any runs in any order, the first that has a sample wins', () => {
    const runs = fc.array(fc.record({ offset: fc.integer({ min: -5, max: 40 }), bytes: fc.uint8Array({ maxLength: 12 }) }), { maxLength: 12 })
    fc.assert(
      fc.property(runs, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 30 }), (given, fromSample, length) => {
        const source = { format: PCMA, runs: given.map(({ offset, bytes }) => ({ offset, sampleCount: bytes.length, bytes })) }
        const expected = Array.from({ length }, (_, i) => {
          const at = fromSample + i
          const winner = given.find(({ offset, bytes }) => offset <= at && at < offset + bytes.length)
          return winner?.bytes[at - winner.offset] ?? 0xd5
        })
        expect(filled(PCMA, fromSample, fromSample + length, source)).toEqual(expected)
      }),
    )
  })

  test('two ranges side by side are the range of both', () => {
    const source = { format: PCMU, runs: [run(0, 1, 2, 3, 4), run(6, 5, 6, 7)] }
    expect([...filled(PCMU, 0, 3, source), ...filled(PCMU, 3, 10, source)]).toEqual(filled(PCMU, 0, 10, source))
  })
})

describe('several sources', () => {
  test('are summed where they meet, and copied where they are alone', () => {
    const a = { format: L16, runs: [linear(0, Int16Array.of(100, 200, 300))] }
    const b = { format: L16, runs: [linear(1, Int16Array.of(-50, 40, 7, 9))] }
    expect([...decode(fillChannel({ format: L16, fromSample: 0, toSample: 6, sources: [a, b] }), 'L16')]).toEqual([100, 150, 340, 7, 9, 0])
  })

  test('are clipped where the sum is too loud', () => {
    const loud = { format: L16, runs: [linear(0, Int16Array.of(30_000, -30_000))] }
    expect([...decode(fillChannel({ format: L16, fromSample: 0, toSample: 2, sources: [loud, loud] }), 'L16')]).toEqual([32_767, -32_768])
  })

  test('of which one is silent leave the other’s µ-law as it was', () => {
    const speech = Array.from({ length: 256 }, (_, code) => (code === 0x7f ? 0xff : code))
    const silent = { format: PCMU, runs: [run(0, ...speech.map(() => 0xff))] }
    expect(filled(PCMU, 0, 256, { format: PCMU, runs: [run(0, ...speech)] }, silent)).toEqual(speech)
  })

  const someRuns = fc.array(fc.record({ offset: fc.integer({ min: 0, max: 30 }), samples: fc.int16Array({ maxLength: 10 }) }), { maxLength: 5 })
  test('of any codecs agree with adding sample by sample', () => {
    const anySource = fc.record({ codec: fc.constantFrom<Codec>('PCMU', 'PCMA', 'L16'), runs: someRuns })
    fc.assert(
      fc.property(fc.constantFrom<Codec>('PCMU', 'PCMA', 'L16'), fc.array(anySource, { maxLength: 4 }), (codec, given) => {
        const sources = given.map((source) => ({
          format: { codec: source.codec, sampleRateHz: 8000 },
          runs: source.runs.map(({ offset, samples }) => linear(offset, samples, source.codec)),
        }))
        const sampleBytes = bytesPerSample(codec)
        const expected = Array.from({ length: 40 }, (_, at) => {
          const heard = sources.flatMap(({ format, runs }) => {
            const winner = runs.find(({ offset, sampleCount }) => offset <= at && at < offset + sampleCount)
            return winner === undefined ? [] : [{ codec: format.codec, winner }]
          })
          if (heard.length === 0) return [...new Uint8Array(sampleBytes).fill(silenceByte(codec))]
          const [only] = heard
          if (heard.length === 1 && only?.codec === codec) {
            return [...only.winner.bytes.subarray((at - only.winner.offset) * sampleBytes).subarray(0, sampleBytes)]
          }
          const sum = heard.reduce((total, { codec: from, winner }) => total + (decode(winner.bytes, from)[at - winner.offset] ?? NaN), 0)
          return [...encode(Int16Array.of(Math.max(-32_768, Math.min(32_767, sum))), codec)]
        })
        expect(filled({ codec, sampleRateHz: 8000 }, 0, 40, ...sources)).toEqual(expected.flat())
      }),
    )
  })
})

describe('a source at another rate', () => {
  const beat = Int16Array.from({ length: 800 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 500 * i) / 8000)))

  test('stands at its time: sample i of 8 kHz at sample 2 i of 16 kHz', () => {
    const source = { format: L16, runs: [linear(1000, beat)] }
    const samples = decode(fillChannel({ format: WIDE, fromSample: 1900, toSample: 3700, sources: [source] }), 'L16')
    for (let i = 50; i < 750; i++) {
      expect(Math.abs((samples[2 * (1000 + i) - 1900] ?? NaN) - (beat[i] ?? NaN)), `sample ${i}`).toBeLessThan(20)
    }
  })

  test('covers exactly its own time, with silence before and after', () => {
    const steady = { format: PCMU, runs: [linear(10, new Int16Array(5).fill(8000), 'PCMU')] }
    const samples = decode(fillChannel({ format: WIDE, fromSample: 0, toSample: 60, sources: [steady] }), 'L16')
    const sounding = [...samples.keys()].filter((i) => samples[i] !== 0)
    expect([sounding[0], sounding.at(-1), sounding.length]).toEqual([20, 29, 10])
  })

  test('gives the same bytes in one range or in two, when the runs around are given', () => {
    const source = { format: { codec: 'PCMA', sampleRateHz: 11_025 } as const, runs: [linear(7, beat, 'PCMA'), linear(900, beat, 'PCMA')] }
    expect([...filled(WIDE, 0, 999, source), ...filled(WIDE, 999, 3000, source)]).toEqual(filled(WIDE, 0, 3000, source))
  })

  test('is added to the others', () => {
    const wide = { format: WIDE, runs: [linear(0, new Int16Array(1600).fill(1000))] }
    const narrow = { format: L16, runs: [linear(0, new Int16Array(800).fill(500))] }
    const samples = decode(fillChannel({ format: WIDE, fromSample: 100, toSample: 1500, sources: [wide, narrow] }), 'L16')
    expect(new Set(samples)).toEqual(new Set([1500]))
  })
})

test('a run that contradicts itself is refused by its place', () => {
  const source = { format: L16, runs: [linear(0, Int16Array.of(1)), { offset: 8, sampleCount: 3, bytes: new Uint8Array(3) }] }
  expect(() => filled(L16, 0, 1, source)).toThrow('run 1 at sample 8: 3 bytes for 3 samples of 2 bytes')
  expect(() => filled(PCMU, 4, 3)).toThrow('[4, 3) is no range of samples')
  expect(() => filled(PCMU, 0, 0.5)).toThrow('[0, 0.5) is no range')
  expect(() => filled(PCMU, -0.5, 0)).toThrow('[-0.5, 0) is no range')
})

describe('a channel made in bytes that were used before', () => {
  const used = (length: number): Uint8Array => new Uint8Array(length).fill(7)

  test('stands in the first of them, silence where nothing was said', () => {
    const into = used(6)
    const out = fillChannel({ format: L16, fromSample: 0, toSample: 2, sources: [{ format: L16, runs: [linear(1, Int16Array.of(3))] }] }, into)
    expect(out.buffer).toBe(into.buffer)
    expect([...out]).toEqual([0, 0, 3, 0])
    expect([...into]).toEqual([0, 0, 3, 0, 7, 7])
  })

  test('is refused when it does not fit', () => {
    expect(() => fillChannel({ format: L16, fromSample: 0, toSample: 2, sources: [] }, used(3))).toThrow('a channel of 4 bytes does not fit into 3')
    expect(fillChannel({ format: L16, fromSample: 0, toSample: 2, sources: [] }, used(4))).toHaveLength(4)
  })
})

describe('late in a call of many days', () => {
  const late = 8_000 * 86_400 * 365_000

  test('a source at another rate costs no more than at its start', () => {
    const source = { format: L16, runs: [linear(late, new Int16Array(100).fill(1000))] }
    const samples = decode(fillChannel({ format: WIDE, fromSample: 2 * late + 90, toSample: 2 * late + 94, sources: [source] }), 'L16')
    expect([...samples]).toEqual([1000, 1000, 1000, 1000])
  })

  test('neither does a sum', () => {
    const source = { format: L16, runs: [linear(late, Int16Array.of(1, 2))] }
    expect(filled(L16, late, late + 2, source, source)).toEqual([2, 0, 4, 0])
  })
})

test('audio that is over before the range, though near enough to be looked at, is not heard in it', () => {
  const source = { format: L16, runs: [linear(0, new Int16Array(500).fill(1000))] }
  expect(new Set(filled(WIDE, 1_004, 1_100, source))).toEqual(new Set([0]))
})
