import { bytesPerSample } from './format.ts'
import type { AudioFormat, Codec } from './format.ts'
import { interleaveInto } from './interleave.ts'

/** What a WAV holds; a frame is one sample of every channel. */
interface WavShape {
  readonly format: AudioFormat
  readonly channels: number
  readonly frames: number
}

/**
 * The header of a RIFF WAVE file: 44 bytes for L16, 58 for G.711, whose non-PCM tags need a longer `fmt ` and a `fact`
 * chunk. The size in it counts the pad byte that must follow odd data. Throws RangeError beyond RIFF's 4 GiB.
 */
export function wavHeader({ format, channels, frames }: WavShape): Uint8Array {
  const sampleBytes = bytesPerSample(format.codec)
  const frameBytes = channels * sampleBytes
  const dataBytes = frames * frameBytes
  const headerBytes = wavHeaderBytes(format.codec)
  const riffBytes = headerBytes - 8 + dataBytes + (dataBytes % 2)
  if (!Number.isInteger(frames) || frames < 0 || riffBytes > 0xffff_ffff) {
    throw new RangeError(`a WAV cannot hold ${frames} frames of ${frameBytes} bytes`)
  }
  const header = new Uint8Array(headerBytes)
  const view = new DataView(header.buffer)
  const isPcm = format.codec === 'L16'
  writeId(header, 0, 'RIFF')
  view.setUint32(4, riffBytes, true)
  writeId(header, 8, 'WAVEfmt ')
  view.setUint32(16, isPcm ? 16 : 18, true)
  view.setUint16(20, formatTag(format.codec), true)
  view.setUint16(22, channels, true)
  view.setUint32(24, format.sampleRateHz, true)
  view.setUint32(28, format.sampleRateHz * frameBytes, true)
  view.setUint16(32, frameBytes, true)
  view.setUint16(34, sampleBytes * 8, true)
  if (!isPcm) {
    writeId(header, 38, 'fact')
    view.setUint32(42, 4, true)
    view.setUint32(46, frames, true)
  }
  writeId(header, headerBytes - 8, 'data')
  view.setUint32(headerBytes - 4, dataBytes, true)
  return header
}

/** A whole WAV file around interleaved data. Throws RangeError when the data is not whole frames. */
export function wavFile({ format, channels, data }: { format: AudioFormat; channels: number; data: Uint8Array }): Uint8Array {
  const frameBytes = channels * bytesPerSample(format.codec)
  if (data.length % frameBytes !== 0) {
    throw new RangeError(`${data.length} bytes are not whole frames of ${frameBytes} bytes`)
  }
  const header = wavHeader({ format, channels, frames: data.length / frameBytes })
  const file = new Uint8Array(header.length + data.length + (data.length % 2))
  file.set(header)
  file.set(data, header.length)
  return file
}

interface Stereo {
  readonly format: AudioFormat
  readonly left: Uint8Array
  readonly right: Uint8Array
}

/** How large the WAV file of two such channels is: their bytes and a header; an even number of bytes, so there is no pad byte. */
export function stereoWavBytes({ format, left, right }: Stereo): number {
  return wavHeaderBytes(format.codec) + left.length + right.length
}

/** A two-channel WAV file made in the first bytes of `into`: every recorded minute passes here, and this way it is copied once. */
export function stereoWavFile({ format, left, right }: Stereo, into: Uint8Array): Uint8Array {
  const file = into.subarray(0, stereoWavBytes({ format, left, right }))
  const header = wavHeader({ format, channels: 2, frames: left.length / bytesPerSample(format.codec) })
  file.set(header)
  interleaveInto(file.subarray(header.length), left, right, format.codec)
  return file
}

/** Not a WAV we read: `offset` is the byte where it stops being one. */
export class WavError extends Error {
  readonly offset: number

  constructor(offset: number, problem: string) {
    super(`not a readable WAV at byte ${offset}: ${problem}`)
    this.name = 'WavError'
    this.offset = offset
  }
}

/** A WAV's shape and its interleaved data, a view into the bytes given, without pad byte. */
interface ParsedWav extends WavShape {
  readonly dataOffset: number
  readonly dataBytes: number
  readonly data: Uint8Array
}

/**
 * Reads a RIFF WAVE file of 16 bit PCM, A-law or µ-law. Other chunks are skipped, bytes behind the RIFF form are
 * ignored, and a missing pad byte at its very end is forgiven. Throws WavError for anything else, also when cut short.
 */
export function parseWav(bytes: Uint8Array): ParsedWav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 12) throw new WavError(bytes.length, 'it ends within the 12 bytes of the RIFF header')
  expectId(view, 0, 'RIFF')
  expectId(view, 8, 'WAVE')
  const riffEnd = 8 + view.getUint32(4, true)
  if (riffEnd > bytes.length) throw new WavError(4, `the RIFF form ends at byte ${riffEnd}, the file at ${bytes.length}`)
  let fmt: Omit<WavShape, 'frames'> | undefined
  let data: { offset: number; length: number } | undefined
  for (let at = 12; at < riffEnd;) {
    if (at + 8 > riffEnd) throw new WavError(at, `a chunk header is cut short by the end of the RIFF form at ${riffEnd}`)
    const id = readId(view, at)
    const length = view.getUint32(at + 4, true)
    const offset = at + 8
    if (offset + length > riffEnd) {
      throw new WavError(at + 4, `chunk "${id}" ends at byte ${offset + length}, the RIFF form at ${riffEnd}`)
    }
    if (id === 'fmt ') {
      if (fmt !== undefined) throw new WavError(at, 'a second "fmt " chunk')
      fmt = parseFmt(view, offset, length)
    } else if (id === 'data') {
      if (data !== undefined) throw new WavError(at, 'a second "data" chunk')
      data = { offset, length }
    }
    at = offset + length + (length % 2)
  }
  if (fmt === undefined) throw new WavError(riffEnd, 'no "fmt " chunk')
  if (data === undefined) throw new WavError(riffEnd, 'no "data" chunk')
  const frameBytes = fmt.channels * bytesPerSample(fmt.format.codec)
  if (data.length % frameBytes !== 0) {
    throw new WavError(data.offset - 4, `${data.length} bytes of data are not whole frames of ${frameBytes} bytes`)
  }
  return {
    ...fmt,
    frames: data.length / frameBytes,
    dataOffset: data.offset,
    dataBytes: data.length,
    data: bytes.subarray(data.offset, data.offset + data.length),
  }
}

function parseFmt(view: DataView, at: number, length: number): Omit<WavShape, 'frames'> {
  if (length < 16) throw new WavError(at - 4, `a "fmt " chunk of ${length} bytes, at least 16 are needed`)
  const codec = codecOf(view.getUint16(at, true))
  if (codec === undefined) throw new WavError(at, `format tag ${view.getUint16(at, true)}, only 1, 6 and 7 are read`)
  const channels = view.getUint16(at + 2, true)
  if (channels === 0) throw new WavError(at + 2, 'no channels')
  const sampleRateHz = view.getUint32(at + 4, true)
  if (sampleRateHz === 0) throw new WavError(at + 4, 'a sample rate of 0')
  const sampleBytes = bytesPerSample(codec)
  const blockAlign = view.getUint16(at + 12, true)
  if (blockAlign !== channels * sampleBytes) {
    throw new WavError(at + 12, `frames of ${blockAlign} bytes, ${channels} channels of ${codec} take ${channels * sampleBytes}`)
  }
  const sampleBits = view.getUint16(at + 14, true)
  if (sampleBits !== sampleBytes * 8) {
    throw new WavError(at + 14, `${sampleBits} bits a sample, ${codec} is read with ${sampleBytes * 8}`)
  }
  return { format: { codec, sampleRateHz }, channels }
}

function wavHeaderBytes(codec: Codec): number {
  return codec === 'L16' ? 44 : 58
}

// WAVE_FORMAT_PCM, _ALAW and _MULAW (RFC 2361).
function formatTag(codec: Codec): number {
  switch (codec) {
    case 'L16':
      return 1
    case 'PCMA':
      return 6
    case 'PCMU':
      return 7
  }
}

function codecOf(tag: number): Codec | undefined {
  return (['L16', 'PCMA', 'PCMU'] as const).find((codec) => formatTag(codec) === tag)
}

function expectId(view: DataView, at: number, expected: string): void {
  const found = readId(view, at)
  if (found !== expected) throw new WavError(at, `"${expected}" expected, found "${found}"`)
}

// Only printable characters are shown: the name ends up in an error message.
function readId(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i))).replace(/[^ -~]/g, '?')
}

function writeId(bytes: Uint8Array, at: number, id: string): void {
  for (let i = 0; i < id.length; i++) bytes[at + i] = id.charCodeAt(i)
}
