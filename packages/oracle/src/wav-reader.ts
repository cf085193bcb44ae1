import type { Codec, Format } from './companding.ts'

export interface Wav extends Format {
  channels: number
  /** Interleaved, as it stands in the file. */
  data: Uint8Array
}

const CODECS: Readonly<Record<number, Codec>> = { 1: 'L16', 6: 'PCMA', 7: 'PCMU' }

/** Reads a RIFF WAVE file chunk by chunk. Throws an Error that says what is wrong with it. */
export function readWav(bytes: Uint8Array): Wav {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') throw new Error('not a RIFF WAVE file')
  if (file.readUInt32LE(4) + 8 !== file.length) throw new Error(`its header promises ${file.readUInt32LE(4) + 8} bytes, it has ${file.length}`)
  let format: Omit<Wav, 'data'> | null = null
  for (let at = 12; at + 8 <= file.length;) {
    const [name, size, body] = [file.toString('latin1', at, at + 4), file.readUInt32LE(at + 4), at + 8]
    if (body + size > file.length) throw new Error(`its chunk ${JSON.stringify(name)} goes beyond its end`)
    if (name === 'fmt ') {
      const codec = CODECS[file.readUInt16LE(body)]
      if (codec === undefined) throw new Error(`its format tag is ${file.readUInt16LE(body)}`)
      format = { codec, channels: file.readUInt16LE(body + 2), sampleRateHz: file.readUInt32LE(body + 4) }
    }
    if (name === 'data') {
      if (format === null) throw new Error('its data comes before its format')
      return { ...format, data: bytes.subarray(body, body + size) }
    }
    at = body + size + (size % 2)
  }
  throw new Error('it has no data')
}
