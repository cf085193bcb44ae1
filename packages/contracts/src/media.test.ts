import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MediaError, decodeMedia, encodeMedia, type MediaRun } from './media.ts'

const bytesPerSample = fc.constantFrom(1, 2)
const streamId = fc.string({ minLength: 1, maxLength: 64, unit: 'binary' }).filter((id) => new TextEncoder().encode(id).length <= 64 && id.isWellFormed())
const run: fc.Arbitrary<MediaRun> = fc
  .record({ streamId, offset: fc.nat({ max: 7 * 24 * 3_600 * 8_000 }), width: bytesPerSample, samples: fc.uint8Array({ maxLength: 40 }) })
  .map(({ streamId: id, offset, width, samples }) => {
    const bytes = samples.subarray(0, samples.length - (samples.length % width))
    return { streamId: id, offset, sampleCount: bytes.length / width, bytes }
  })

const two: MediaRun[] = [
  { streamId: 'caller', offset: 8_000, sampleCount: 4, bytes: Uint8Array.of(1, 2, 3, 4) },
  { streamId: 'ü', offset: 48_000, sampleCount: 2, bytes: Uint8Array.of(9, 8, 7, 6) },
]

/** What decoding came to; anything thrown but a MediaError that points into the message fails the test. */
function outcome(message: Uint8Array): MediaRun[] | MediaError {
  try {
    return decodeMedia(message)
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    expect(error.at).toBeGreaterThanOrEqual(0)
    expect(error.at).toBeLessThanOrEqual(message.length)
    expect(error.message).toContain(`(byte ${error.at})`)
    return error
  }
}

describe('the media codec', () => {
  it('gives back every run that was put in', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), (runs) => {
        expect(decodeMedia(encodeMedia(runs))).toEqual(runs)
      }),
    )
  })

  it('has the layout the description promises', () => {
    const hex = Buffer.from(encodeMedia([{ streamId: 'ab', offset: 258, sampleCount: 1, bytes: Uint8Array.of(0xd5) }])).toString('hex')
    expect(hex).toBe('01' + '02' + '6162' + '0000000000000102' + '00000001' + '00000001' + 'd5')
  })

  it('takes the empty media of a silent call and a run that only moves the clock', () => {
    expect(decodeMedia(encodeMedia([]))).toEqual([])
    const clock = [{ streamId: 'a', offset: 16_000, sampleCount: 0, bytes: new Uint8Array() }]
    expect(decodeMedia(encodeMedia(clock))).toEqual(clock)
  })

  it('reads a message that is a view into a larger buffer, and copies no audio', () => {
    const message = encodeMedia(two)
    const buffer = new Uint8Array(message.length + 13)
    buffer.set(message, 5)
    const runs = decodeMedia(buffer.subarray(5, 5 + message.length))
    expect(runs).toEqual(two)
    expect(runs[0]?.bytes.buffer).toBe(buffer.buffer)
  })

  it('answers every truncation with an error that points into the message, except where a run ends', () => {
    const message = encodeMedia(two)
    const whole = [1, encodeMedia(two.slice(0, 1)).length, message.length]
    for (let length = 0; length <= message.length; length++) {
      const result = outcome(message.subarray(0, length))
      if (whole.includes(length)) expect(result, `${length} bytes`).toBeInstanceOf(Array)
      else expect(result, `${length} bytes`).toBeInstanceOf(MediaError)
    }
  })

  it('answers a flipped bit with runs or an error, never with another exception, and never with more audio than came', () => {
    const message = encodeMedia(two)
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = message.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const result = outcome(flipped)
      if (result instanceof MediaError) continue
      const audio = result.reduce((sum, { bytes }) => sum + bytes.length, 0)
      expect(audio).toBeLessThan(message.length)
    }
  })

  it('survives arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, versioned) => {
        outcome(versioned ? Uint8Array.of(1, ...noise) : noise)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each<[string, Uint8Array, number, RegExp]>([
    ['an empty message', new Uint8Array(), 0, /empty/],
    ['an unknown version', Uint8Array.of(2), 0, /not media version 1/],
    ['a stream without an id', Uint8Array.of(1, 0), 1, /1 to 64 bytes/],
    ['an id that is too long', Uint8Array.of(1, 65), 1, /1 to 64 bytes/],
    ['an id that is not UTF-8', changed(2, 0xff), 1, /UTF-8/],
    ['a negative offset', changed(8, 0x80), 8, /negative/],
    ['an offset beyond seven days', changed(8, 0x7f), 8, /seven days/],
    ['a length far beyond the message', changed(20, 0xff), 20, /cut short/],
    ['a count that does not fit the bytes', changed(19, 3), 16, /each sample/],
  ])('refuses %s and says where', (_, message, at, text) => {
    const error = outcome(message)
    expect(error).toBeInstanceOf(MediaError)
    expect(error).toMatchObject({ at, message: expect.stringMatching(text) })
  })

  it('tells nothing of the bytes it could not read: they may be audio, and what it says is kept', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 60 }), (noise) => {
        const error = outcome(Uint8Array.of(1, 1, ...noise))
        const numbers = error instanceof MediaError ? (error.message.match(/\d+/g) ?? []).map(Number) : []
        const allowed = error instanceof MediaError ? [error.at, 1, 64] : []
        expect(numbers.filter((number) => !allowed.includes(number))).toEqual([])
      }),
    )
  })

  it('refuses more runs than a message may have, in both directions', () => {
    const runs = Array.from({ length: 4_097 }, () => ({ streamId: 'a', offset: 0, sampleCount: 0, bytes: new Uint8Array() }))
    expect(() => encodeMedia(runs)).toThrow(/more than 4096 runs/)
    const half = encodeMedia(runs.slice(0, 4_096))
    expect(decodeMedia(half)).toHaveLength(4_096)
    expect(outcome(Uint8Array.of(...half, ...half.subarray(1, 19)))).toMatchObject({ message: expect.stringContaining('more than 4096 runs') })
  })

  it.each<[string, Partial<MediaRun>, RegExp]>([
    ['no id', { streamId: '' }, /1 to 64 bytes/],
    ['an id of 65 bytes', { streamId: 'ü'.repeat(33) }, /1 to 64 bytes/],
    ['half a sample', { offset: 0.5 }, /not a whole number/],
    ['a negative offset', { offset: -1 }, /negative/],
    ['an offset beyond seven days', { offset: 2 ** 40 }, /seven days/],
    ['another number of samples than bytes', { sampleCount: 3 }, /each sample/],
  ])('will not write a run with %s', (_, change, text) => {
    expect(() => encodeMedia([{ streamId: 'caller', offset: 0, sampleCount: 4, bytes: new Uint8Array(4), ...change }])).toThrow(text)
  })
})

/** A message of one run (`caller`, four samples) with one byte replaced. */
function changed(at: number, value: number): Uint8Array {
  const message = encodeMedia(two.slice(0, 1))
  message[at] = value
  return message
}
