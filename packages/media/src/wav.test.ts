import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interleave } from './interleave.ts'
import { parseWav, stereoWavBytes, stereoWavFile, wavFile, wavHeader, WavError } from './wav.ts'

const PCMU = { codec: 'PCMU', sampleRateHz: 8000 } as const
const PCMA = { codec: 'PCMA', sampleRateHz: 8000 } as const
const L16 = { codec: 'L16', sampleRateHz: 16000 } as const
const SPEECH = new URL('../speech/', import.meta.url)

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(.{8})(?=.)/g, '$1 ')
}

function text(id: string): number[] {
  return [...Buffer.from(id, 'latin1')]
}

/** Splices bytes into a file and corrects the RIFF size. */
function withInserted(file: Uint8Array, at: number, inserted: number[]): Uint8Array {
  const out = Uint8Array.from([...file.subarray(0, at), ...inserted, ...file.subarray(at)])
  new DataView(out.buffer).setUint32(4, out.length - 8, true)
  return out
}

function patched(file: Uint8Array, at: number, byte: number): Uint8Array {
  const out = file.slice()
  out[at] = byte
  return out
}

function problemIn(bytes: Uint8Array): { offset: number; message: string } | undefined {
  try {
    parseWav(bytes)
    return undefined
  } catch (error) {
    if (!(error instanceof WavError)) throw error
    return { offset: error.offset, message: error.message }
  }
}

describe('writing', () => {
  test('linear PCM has the classic 44 byte header', () => {
    expect(hex(wavHeader({ format: L16, channels: 2, frames: 16000 }))).toBe(
      '52494646 24fa0000 57415645 666d7420 10000000 01000200 803e0000 00fa0000 04001000 64617461 00fa0000',
    )
  })

  test('µ-law has an 18 byte fmt and a fact chunk', () => {
    expect(hex(wavHeader({ format: PCMU, channels: 2, frames: 480_000 }))).toBe(
      '52494646 32a60e00 57415645 666d7420 12000000 07000200 401f0000 803e0000 02000800 00006661 63740400 00000053 07006461 746100a6 0e00',
    )
  })

  test('A-law differs from µ-law in its tag alone', () => {
    const alaw = wavHeader({ format: PCMA, channels: 1, frames: 3 })
    expect(patched(alaw, 20, 7)).toEqual(wavHeader({ format: PCMU, channels: 1, frames: 3 }))
    expect(alaw[20]).toBe(6)
  })

  test('odd data is padded, and the pad counts in the RIFF size only', () => {
    const file = wavFile({ format: PCMU, channels: 1, data: Uint8Array.of(1, 2, 3) })
    expect(file.length).toBe(62)
    expect(new DataView(file.buffer).getUint32(4, true)).toBe(54)
    expect([...file.subarray(54)]).toEqual([3, 0, 0, 0, 1, 2, 3, 0])
  })

  test.each([PCMU, PCMA, L16])('two channels of $codec become a file in the first bytes of what is given', (format) => {
    const [left, right] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)]
    const into = new Uint8Array(100).fill(9)
    const file = stereoWavFile({ format, left, right }, into)
    expect([...file]).toEqual([...wavFile({ format, channels: 2, data: interleave(left, right, format.codec) })])
    expect(file.length).toBe(stereoWavBytes({ format, left, right }))
    expect(file.buffer).toBe(into.buffer)
    expect(into[file.length]).toBe(9)
  })

  test.each([-1, 1.5, NaN])('%s frames are refused', (frames) => {
    expect(() => wavHeader({ format: PCMU, channels: 2, frames })).toThrow(`a WAV cannot hold ${frames} frames`)
  })

  test('what does not fit is refused', () => {
    expect(() => wavHeader({ format: PCMU, channels: 2, frames: 2 ** 31 })).toThrow('a WAV cannot hold 2147483648 frames of 2 bytes')
    expect(() => wavFile({ format: L16, channels: 2, data: new Uint8Array(6) })).toThrow('6 bytes are not whole frames of 4 bytes')
  })
})

describe('reading', () => {
  const file = wavFile({ format: PCMU, channels: 1, data: Uint8Array.of(1, 2, 3) })

  test('what was written is read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(PCMU, PCMA, L16), fc.integer({ min: 1, max: 3 }), fc.uint8Array({ maxLength: 50 }), (format, channels, noise) => {
        const frameBytes = channels * (format.codec === 'L16' ? 2 : 1)
        const data = noise.subarray(0, noise.length - (noise.length % frameBytes))
        const parsed = parseWav(wavFile({ format, channels, data }))
        expect(parsed).toMatchObject({ format, channels, frames: data.length / frameBytes, dataBytes: data.length })
        expect([...parsed.data]).toEqual([...data])
      }),
    )
  })

  test.each(readdirSync(SPEECH).filter((name) => name.endsWith('.wav')))('the speech file %s is mono µ-law of the length its header says', (name) => {
    const parsed = parseWav(readFileSync(new URL(name, SPEECH)))
    expect(parsed).toMatchObject({ format: PCMU, channels: 1, dataOffset: 58 })
    expect(parsed.frames).toBeGreaterThan(8000)
    expect(parsed.data.length).toBe(parsed.frames)
  })

  test('unknown chunks are skipped with their pad byte, before and behind the data', () => {
    const note = [...text('note'), 3, 0, 0, 0, 7, 7, 7, 0]
    const busy = withInserted(withInserted(file, file.length, note), 12, note)
    expect(parseWav(busy)).toMatchObject({ format: PCMU, frames: 3, dataOffset: 58 + note.length })
    expect([...parseWav(busy).data]).toEqual([1, 2, 3])
  })

  test('a missing pad byte at the end, and bytes behind the form, do no harm', () => {
    const unpadded = patched(file.subarray(0, 61), 4, 53)
    expect([...parseWav(unpadded).data]).toEqual([1, 2, 3])
    expect([...parseWav(Uint8Array.from([...file, 9, 9, 9])).data]).toEqual([1, 2, 3])
  })

  test('a file cut anywhere is refused', () => {
    for (let length = 0; length < file.length; length++) {
      expect(problemIn(file.subarray(0, length)), `cut to ${length}`).toBeDefined()
    }
  })

  test.each<[string, Uint8Array, number, string]>([
    ['nothing', new Uint8Array(0), 0, 'it ends within the 12 bytes of the RIFF header'],
    ['another RIFF file', patched(file, 11, 0x58), 8, '"WAVE" expected, found "WAVX"'],
    ['a form longer than the file', patched(file, 5, 1), 4, 'the RIFF form ends at byte 318, the file at 62'],
    ['a chunk longer than the form', patched(file, 54, 9), 54, 'chunk "data" ends at byte 67, the RIFF form at 62'],
    ['a stub behind the last chunk', withInserted(file, 62, [1, 2]), 62, 'a chunk header is cut short by the end of the RIFF form at 64'],
    ['MP3 in a WAV', patched(file, 20, 0x55), 20, 'format tag 85, only 1, 6 and 7 are read'],
    ['8 bit PCM', patched(file, 20, 1), 32, 'frames of 1 bytes, 1 channels of L16 take 2'],
    ['12 bit µ-law', patched(file, 34, 12), 34, '12 bits a sample, PCMU is read with 8'],
    ['no channels', patched(file, 22, 0), 22, 'no channels'],
    ['no fmt', patched(file, 12, 0x78), 62, 'no "fmt " chunk'],
    ['no data', patched(file, 50, 0x78), 62, 'no "data" chunk'],
    ['a second fmt', withInserted(file, 62, [...file.subarray(12, 38)]), 62, 'a second "fmt " chunk'],
    ['a second data', withInserted(file, 62, [...text('data'), 0, 0, 0, 0]), 62, 'a second "data" chunk'],
    [
      'a short fmt',
      withInserted(file.subarray(0, 12), 12, [...text('fmt '), 14, 0, 0, 0, ...new Uint8Array(14)]),
      16,
      'a "fmt " chunk of 14 bytes, at least 16 are needed',
    ],
    ['no rate', patched(patched(file, 24, 0), 25, 0), 24, 'a sample rate of 0'],
    ['a header alone', withInserted(file.subarray(0, 12), 12, []), 12, 'no "fmt " chunk'],
    ['a name that can’t be shown', patched(file, 8, 0x07), 8, '"WAVE" expected, found "?AVE"'],
    ['half a frame', patched(patched(file, 22, 2), 32, 2), 54, '3 bytes of data are not whole frames of 2 bytes'],
  ])('%s is refused, with the place', (_, bytes, offset, problem) => {
    expect(() => parseWav(bytes)).toThrow(expect.objectContaining({ name: 'WavError' }))
    expect(problemIn(bytes)).toEqual({ offset, message: `not a readable WAV at byte ${offset}: ${problem}` })
  })

  test('noise is refused with a WavError or read, never anything else', () => {
    const mutated = fc.array(fc.tuple(fc.integer({ min: 0, max: 61 }), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })
    fc.assert(
      fc.property(mutated, (changes) => {
        const bytes = changes.reduce((wav, [at, byte]) => patched(wav, at, byte), file)
        expect(problemIn(bytes)?.offset ?? 0).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})
