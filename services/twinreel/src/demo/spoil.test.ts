import { expect, it } from 'vitest'
import { readWav } from '@twinreel/oracle/wav-reader'
import { noise, twoChannels } from '@twinreel/oracle/tiny-call'
import { mixedIn, oneSampleLate, withBytes } from './spoil.ts'

const [left, right] = [noise(100, 1), noise(100, 2)]
const wav = twoChannels('PCMU', left, right)

function channels(bytes: Uint8Array): [number[], number[]] {
  const { data } = readWav(bytes)
  return [[...data].filter((_, i) => i % 2 === 0), [...data].filter((_, i) => i % 2 === 1)]
}

it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
  ['a sample late', (bytes) => oneSampleLate(bytes, 40)],
  ['with other bytes in it', (bytes) => withBytes(bytes, 40, Uint8Array.of(1, 2, 3))],
  ['with a sound mixed in', (bytes) => mixedIn(bytes, 40, Int16Array.of(20_000, 20_000))],
])('a copy %s is another on the left from that frame on; the original is untouched', (_, spoil) => {
  const original = Buffer.from(wav)
  const [spoiledLeft, spoiledRight] = channels(spoil(original))
  expect(original.equals(wav)).toBe(true)
  expect(spoiledLeft).toHaveLength(100)
  expect(spoiledLeft.slice(0, 40)).toEqual([...left.subarray(0, 40)])
  expect(spoiledLeft).not.toEqual([...left])
  expect(spoiledRight).toEqual([...right])
})

it('repeats one sample where the copy begins to be late', () => {
  expect(channels(oneSampleLate(wav, 40))[0]).toEqual([...left.subarray(0, 41), ...left.subarray(40, 99)])
})

it('does the same for two-byte samples', () => {
  const linear = twoChannels('L16', left, right)
  const { data } = readWav(oneSampleLate(linear, 10))
  expect([...data.subarray(40, 42), ...data.subarray(44, 46)]).toEqual([...left.subarray(20, 22), ...left.subarray(20, 22)])
})
