/** A discrete Fourier transform of one size, in place on real and imaginary parts. */
export interface Fourier {
  size: number
  forward(re: Float64Array, im: Float64Array): void
  /** Divided by the size, so that it undoes `forward`. */
  inverse(re: Float64Array, im: Float64Array): void
}

/** Cooley and Tukey's transform, radix 2. `size` is a power of two. */
export function fourier(size: number): Fourier {
  if (size < 2 || (size & (size - 1)) !== 0) throw new RangeError(`a transform of ${size} values, a power of two is needed`)
  const cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size))
  const sin = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size))
  const reversed = new Uint32Array(size)
  for (let i = 1; i < size; i++) reversed[i] = ((reversed[i >> 1] ?? 0) >> 1) | (i & 1 ? size >> 1 : 0)

  function forward(re: Float64Array, im: Float64Array): void {
    for (let i = 0; i < size; i++) {
      const j = reversed[i] as number
      if (i >= j) continue
      const r = re[i] as number
      const m = im[i] as number
      re[i] = re[j] as number
      im[i] = im[j] as number
      re[j] = r
      im[j] = m
    }
    for (let half = 1, stride = size >> 1; half < size; half <<= 1, stride >>= 1) {
      for (let block = 0; block < size; block += half << 1) {
        for (let i = block, turn = 0; i < block + half; i++, turn += stride) {
          const j = i + half
          const c = cos[turn] as number
          const s = sin[turn] as number
          const a = re[j] as number
          const b = im[j] as number
          const r = a * c - b * s
          const m = a * s + b * c
          re[j] = (re[i] as number) - r
          im[j] = (im[i] as number) - m
          re[i] = (re[i] as number) + r
          im[i] = (im[i] as number) + m
        }
      }
    }
  }

  return {
    size,
    forward,
    inverse(re, im) {
      // With the parts exchanged, the way back is the way forth.
      forward(im, re)
      for (let i = 0; i < size; i++) {
        re[i] = (re[i] ?? 0) / size
        im[i] = (im[i] ?? 0) / size
      }
    },
  }
}
