import { bytesPerSample } from './format.ts'
import type { Codec } from './format.ts'

/** Two channels of equal length as one, left first in every frame. Throws RangeError when they differ or end within a sample. */
export function interleave(left: Uint8Array, right: Uint8Array, codec: Codec): Uint8Array {
  const out = new Uint8Array(left.length * 2)
  interleaveInto(out, left, right, codec)
  return out
}

/** The same into the first bytes of `out`, which may be a view into a file that is being made. */
export function interleaveInto(out: Uint8Array, left: Uint8Array, right: Uint8Array, codec: Codec): void {
  if (left.length !== right.length) {
    throw new RangeError(`channels of ${left.length} and ${right.length} bytes cannot be interleaved`)
  }
  switch (bytesPerSample(codec)) {
    case 1:
      return interleaveBytes(left, right, out)
    case 2:
      return interleaveWords(viewOf(left), viewOf(right), viewOf(out))
  }
}

// Four bytes of each side at once where the views allow it: every recorded minute passes here, and this takes half the time of
// going byte by byte.
function interleaveBytes(left: Uint8Array, right: Uint8Array, out: Uint8Array): void {
  let done = 0
  if (IS_LITTLE_ENDIAN && left.byteOffset % 4 === 0 && right.byteOffset % 4 === 0 && out.byteOffset % 2 === 0) {
    const quads = Math.floor(left.length / 4)
    interleaveQuads(
      new Uint32Array(left.buffer, left.byteOffset, quads),
      new Uint32Array(right.buffer, right.byteOffset, quads),
      new Uint16Array(out.buffer, out.byteOffset, quads * 4),
    )
    done = quads * 4
  }
  for (let i = done; i < left.length; i++) {
    out[2 * i] = left[i] ?? 0
    out[2 * i + 1] = right[i] ?? 0
  }
}

function interleaveQuads(left: Uint32Array, right: Uint32Array, out: Uint16Array): void {
  for (let i = 0, at = 0; i < left.length; i++, at += 4) {
    const l = left[i] ?? 0
    const r = right[i] ?? 0
    out[at] = (l & 0xff) | ((r & 0xff) << 8)
    out[at + 1] = ((l >>> 8) & 0xff) | (r & 0xff00)
    out[at + 2] = ((l >>> 16) & 0xff) | ((r >>> 8) & 0xff00)
    out[at + 3] = (l >>> 24) | ((r >>> 16) & 0xff00)
  }
}

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

function interleaveWords(from: DataView, beside: DataView, into: DataView): void {
  if (from.byteLength % 2 !== 0) throw new RangeError(`channels of ${from.byteLength} bytes end within a 16 bit sample`)
  for (let i = 0; i < from.byteLength; i += 2) {
    into.setInt32(2 * i, from.getUint16(i, true) | (beside.getInt16(i, true) << 16), true)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The channels of interleaved data, each a copy. Throws RangeError when the data is not whole frames. */
export function deinterleave(data: Uint8Array, channels: number, codec: Codec): Uint8Array[] {
  const sampleBytes = bytesPerSample(codec)
  const frameBytes = channels * sampleBytes
  if (channels < 1 || data.length % frameBytes !== 0) {
    throw new RangeError(`${data.length} bytes are not whole frames of ${channels} channels of ${codec}`)
  }
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Uint8Array(data.length / channels)
    let at = channel * sampleBytes
    for (let i = 0; i < out.length; i += sampleBytes, at += frameBytes) {
      for (let part = 0; part < sampleBytes; part++) out[i + part] = data[at + part] ?? 0
    }
    return out
  })
}
