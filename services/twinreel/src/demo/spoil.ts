import { compress, expand, sampleBytes } from '@twinreel/oracle/companding'
import { readWav } from '@twinreel/oracle/wav-reader'

/** A two-channel WAV with its left channel one sample late from the given frame on. */
export function oneSampleLate(wav: Uint8Array, frame: number): Uint8Array {
  return withLeft(wav, (left, width) =>
    Buffer.concat([left.subarray(0, frame * width), left.subarray(frame * width, (frame + 1) * width), left.subarray(frame * width, left.length - width)]),
  )
}

/** With other bytes in the left channel from the given frame on. */
export function withBytes(wav: Uint8Array, frame: number, bytes: Uint8Array): Uint8Array {
  return withLeft(wav, (left, width) => Buffer.concat([left.subarray(0, frame * width), bytes, left.subarray(frame * width + bytes.length)]))
}

/** With a sound mixed into the left channel from the given frame on; only G.711. */
export function mixedIn(wav: Uint8Array, frame: number, sound: Int16Array): Uint8Array {
  const { codec } = readWav(wav)
  if (codec === 'L16') throw new Error('only G.711 recordings are spoiled in this way')
  return withLeft(wav, (left) => {
    const samples = expand(left, codec)
    return Uint8Array.from(samples, (sample, i) => compress(Math.max(-32_768, Math.min(32_767, sample + (sound[i - frame] ?? 0))), codec))
  })
}

function withLeft(wav: Uint8Array, change: (left: Uint8Array, width: number) => Uint8Array): Uint8Array {
  const { codec, data } = readWav(wav)
  const width = sampleBytes(codec)
  const offset = data.byteOffset - wav.byteOffset
  const left = new Uint8Array(data.length / 2)
  for (let i = 0; i < left.length; i++) left[i] = data[Math.floor(i / width) * 2 * width + (i % width)] ?? 0
  const changed = change(left, width)
  if (changed.length !== left.length) throw new RangeError(`a channel of ${left.length} bytes became one of ${changed.length}`)
  // A Buffer's slice is no copy.
  const copy = Uint8Array.from(wav)
  for (let i = 0; i < left.length; i++) copy[offset + Math.floor(i / width) * 2 * width + (i % width)] = changed[i] ?? 0
  return copy
}
