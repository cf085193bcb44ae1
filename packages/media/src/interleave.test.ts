import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesPerSample } from './format.ts'
import { deinterleave, interleave, interleaveInto } from './interleave.ts'

test('left comes first, sample by sample', () => {
  expect([...interleave(Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(11, 12, 13, 14, 15), 'PCMU')]).toEqual([1, 11, 2, 12, 3, 13, 4, 14, 5, 15])
  expect([...interleave(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(11, 12, 13, 14), 'L16')]).toEqual([1, 2, 11, 12, 3, 4, 13, 14])
})

test('two channels of any length, starting anywhere in their buffers, come apart as they were', () => {
  fc.assert(
    fc.property(fc.constantFrom('PCMU', 'PCMA', 'L16'), fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 3 }), (codec, noise, skip) => {
      const length = Math.floor(Math.max(0, noise.length - skip) / 4) * 2
      const left = noise.subarray(skip, skip + length)
      const right = noise.subarray(noise.length - length)
      const [leftBack, rightBack] = deinterleave(interleave(left, right, codec), 2, codec)
      expect([...(leftBack ?? [])]).toEqual([...left])
      expect([...(rightBack ?? [])]).toEqual([...right])
    }),
  )
})

/** The bytes in a buffer of their own, `skip` bytes behind its start. */
function standingAt(skip: number, bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(skip + bytes.length).subarray(skip)
  out.set(bytes)
  return out
}

test('wherever channels and file stand in memory, every byte finds its place', () => {
  // Mostly at whole words, as buffers do, where four bytes are moved at once.
  const place = fc.constantFrom(0, 0, 0, 1, 2, 3)
  const channel = fc.uint8Array({ minLength: 24, maxLength: 24 })
  fc.assert(
    fc.property(fc.constantFrom('PCMU', 'L16'), fc.tuple(place, place, place), channel, channel, fc.nat(12), (codec, [a, b, c], one, other, cut) => {
      const [left, right] = [one.subarray(2 * cut), other.subarray(2 * cut)]
      const out = standingAt(c, new Uint8Array(left.length * 2))
      interleaveInto(out, standingAt(a, left), standingAt(b, right), codec)
      const size = bytesPerSample(codec)
      const expected = Array.from({ length: left.length / size }, (_, i) => [
        ...left.subarray(i * size, i * size + size),
        ...right.subarray(i * size, i * size + size),
      ])
      expect([...out]).toEqual(expected.flat())
    }),
  )
})

test('one channel comes apart as itself', () => {
  expect(deinterleave(Uint8Array.of(1, 2, 3), 1, 'PCMU').map((channel) => [...channel])).toEqual([[1, 2, 3]])
})

test('three channels of L16 come apart', () => {
  expect(deinterleave(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 3, 'L16').map((channel) => [...channel])).toEqual([
    [1, 2, 7, 8],
    [3, 4, 9, 10],
    [5, 6, 11, 12],
  ])
})

test('what does not fit together is refused', () => {
  expect(() => interleave(new Uint8Array(2), new Uint8Array(3), 'PCMU')).toThrow('channels of 2 and 3 bytes cannot be interleaved')
  expect(() => interleave(new Uint8Array(3), new Uint8Array(3), 'L16')).toThrow('end within a 16 bit sample')
  expect(() => deinterleave(new Uint8Array(6), -2, 'PCMU')).toThrow('whole frames of -2 channels')
  expect(() => deinterleave(new Uint8Array(6), 2, 'L16')).toThrow('6 bytes are not whole frames of 2 channels of L16')
})
