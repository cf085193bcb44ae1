import { expect, it } from 'vitest'
import { decode, encode } from '@twinreel/media/g711'
import { compress, expand } from './companding.ts'

const codes = Uint8Array.from({ length: 256 }, (_, code) => code)
const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768)

it.each(['PCMU', 'PCMA'] as const)('%s: two ways of writing the law agree on every code and every sample', (law) => {
  expect(expand(codes, law)).toEqual(decode(codes, law))
  expect(Uint8Array.from(samples, (sample) => compress(sample, law))).toEqual(encode(samples, law))
})

it('reads linear samples little-endian', () => {
  expect(expand(Uint8Array.of(0x01, 0x80, 0xff, 0x7f), 'L16')).toEqual(Int16Array.of(-32_767, 32_767))
})
