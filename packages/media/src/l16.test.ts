import { expect, test } from 'vitest'
import { l16FromNetwork, l16ToSamples, samplesToL16 } from './l16.ts'

test('network order is turned into little-endian', () => {
  expect([...l16FromNetwork(Uint8Array.of(0x12, 0x34, 0xff, 0xfe))]).toEqual([0x34, 0x12, 0xfe, 0xff])
  expect([...l16ToSamples(l16FromNetwork(Uint8Array.of(0x12, 0x34, 0xff, 0xfe)))]).toEqual([0x1234, -2])
})

test('samples are stored low byte first', () => {
  expect([...samplesToL16(Int16Array.of(1, -2, 0x1234, -32768))]).toEqual([1, 0, 0xfe, 0xff, 0x34, 0x12, 0, 0x80])
})

test('bytes that begin at an odd address in their buffer are read all the same', () => {
  const message = Uint8Array.of(9, 0x34, 0x12, 0xfe, 0xff)
  expect([...l16ToSamples(message.subarray(1))]).toEqual([0x1234, -2])
})

test('a part of a larger sample buffer is stored alone', () => {
  expect([...samplesToL16(Int16Array.of(1, 2, 3, 4).subarray(1, 3))]).toEqual([2, 0, 3, 0])
})

test('half a sample is refused', () => {
  expect(() => l16FromNetwork(new Uint8Array(3))).toThrow('L16 needs two bytes a sample, got 3 bytes')
  expect(() => l16ToSamples(new Uint8Array(1))).toThrow(RangeError)
})
