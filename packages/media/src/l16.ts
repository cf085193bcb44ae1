// Typed arrays use the machine's byte order; ours is little-endian on every machine.
const MACHINE_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** L16 as RTP carries it, big-endian (RFC 3551 §4.5.11), into our little-endian. Throws RangeError for half a sample. */
export function l16FromNetwork(bytes: Uint8Array): Uint8Array {
  return swapped(bytes)
}

/** Little-endian L16 bytes to samples. Throws RangeError for half a sample. */
export function l16ToSamples(bytes: Uint8Array): Int16Array {
  requireWholeSamples(bytes)
  // The copy also aligns: a view into a message may begin at an odd byte.
  const ours = MACHINE_IS_LITTLE_ENDIAN ? bytes.slice() : swapped(bytes)
  return new Int16Array(ours.buffer, ours.byteOffset, ours.length / 2)
}

/** Samples to little-endian L16 bytes. */
export function samplesToL16(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.slice().buffer)
  return MACHINE_IS_LITTLE_ENDIAN ? bytes : swapped(bytes)
}

function swapped(bytes: Uint8Array): Uint8Array {
  requireWholeSamples(bytes)
  const out = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i += 2) {
    out[i] = bytes[i + 1] ?? 0
    out[i + 1] = bytes[i] ?? 0
  }
  return out
}

function requireWholeSamples(bytes: Uint8Array): void {
  if (bytes.length % 2 !== 0) {
    throw new RangeError(`L16 needs two bytes a sample, got ${bytes.length} bytes`)
  }
}
