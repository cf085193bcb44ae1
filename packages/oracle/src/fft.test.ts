import { expect, it } from 'vitest'
import { fourier } from './fft.ts'
import { noise } from './tiny-call.ts'

it.each([2, 8, 64, 256])('agrees with the sum that defines it, for %i values', (size) => {
  const [re, im] = [Float64Array.from(noise(size, 1)), Float64Array.from(noise(size, 2))]
  const [outRe, outIm] = [re.slice(), im.slice()]
  fourier(size).forward(outRe, outIm)
  for (let k = 0; k < size; k++) {
    let [sumRe, sumIm] = [0, 0]
    for (let n = 0; n < size; n++) {
      const turn = (-2 * Math.PI * k * n) / size
      sumRe += (re[n] ?? 0) * Math.cos(turn) - (im[n] ?? 0) * Math.sin(turn)
      sumIm += (re[n] ?? 0) * Math.sin(turn) + (im[n] ?? 0) * Math.cos(turn)
    }
    expect(outRe[k]).toBeCloseTo(sumRe, 6)
    expect(outIm[k]).toBeCloseTo(sumIm, 6)
  }
})

it('goes back to where it came from', () => {
  const [re, im] = [Float64Array.from(noise(1_024, 3)), Float64Array.from(noise(1_024, 4))]
  const [outRe, outIm] = [re.slice(), im.slice()]
  const transform = fourier(1_024)
  transform.forward(outRe, outIm)
  transform.inverse(outRe, outIm)
  outRe.forEach((value, i) => expect(value).toBeCloseTo(re[i] ?? 0, 8))
  outIm.forEach((value, i) => expect(value).toBeCloseTo(im[i] ?? 0, 8))
})

it('refuses a size that is no power of two', () => {
  expect(() => fourier(12)).toThrow('a transform of 12 values, a power of two is needed')
})
