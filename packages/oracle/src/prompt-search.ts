import { fourier } from './fft.ts'
import type { PromptWaveform } from './prompt-waveforms.ts'

/**
 * How alike a place in a recording and a prompt must be to be taken for the prompt: 1 is the same up to its loudness, 0 nothing in common.
 * A prompt over speech as loud as itself gives 0.71, over speech twice as loud (6 dB) still 0.45. Speech alone came to 0.24 at most in 44
 * minutes of simulated calls, so half way between there is room on both sides.
 */
export const ALIKE = 0.35
/** Places that are so much softer than a prompt hold none: −40 dB, below which codec noise decides what is alike. */
const AUDIBLE = 0.01
const SIZE = 65_536

export interface PromptPlace {
  prompt: string
  channel: 'left' | 'right'
  atSample: number
  /** From 0 to 1. */
  likeness: number
}

export interface PromptSearch {
  /** Per prompt and channel, the place that is most like it. Both channels are at the prompts' rate and equally long. */
  nearest(left: Int16Array, right: Int16Array): PromptPlace[]
}

interface Kernel {
  name: string
  length: number
  /** Of the waveform's conjugate transform. */
  re: Float64Array
  im: Float64Array
  rootEnergy: number
}

/** Slides every prompt along both channels at once: the left one is the real part of the signal, the right one the imaginary. */
export function promptSearch(prompts: readonly PromptWaveform[]): PromptSearch {
  const transform = fourier(SIZE)
  const kernels = prompts.map(({ name, samples }): Kernel => {
    const re = new Float64Array(SIZE)
    const im = new Float64Array(SIZE)
    re.set(samples)
    transform.forward(re, im)
    return { name, length: samples.length, re, im: im.map((value) => -value), rootEnergy: Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0)) }
  })
  const longest = Math.max(...kernels.map(({ length }) => length))
  const hop = SIZE - longest
  const [re, im, productRe, productIm] = [new Float64Array(SIZE), new Float64Array(SIZE), new Float64Array(SIZE), new Float64Array(SIZE)] as const

  return {
    nearest(left, right) {
      const best = new Map<string, PromptPlace>()
      for (let from = 0; from < left.length; from += hop) {
        re.fill(0).set(left.subarray(from, from + SIZE))
        im.fill(0).set(right.subarray(from, from + SIZE))
        const energies = [runningEnergy(re), runningEnergy(im)] as const
        transform.forward(re, im)
        for (const kernel of kernels) {
          multiply(re, im, kernel, productRe, productIm)
          transform.inverse(productRe, productIm)
          const places = Math.min(hop, left.length - from)
          keepBest(best, kernel, 'left', nearestIn(productRe, energies[0], kernel, places), from)
          keepBest(best, kernel, 'right', nearestIn(productIm, energies[1], kernel, places), from)
        }
      }
      return [...best.values()]
    },
  }
}

function multiply(re: Float64Array, im: Float64Array, kernel: Kernel, outRe: Float64Array, outIm: Float64Array): void {
  for (let i = 0; i < SIZE; i++) {
    const a = re[i] as number
    const b = im[i] as number
    const c = kernel.re[i] as number
    const d = kernel.im[i] as number
    outRe[i] = a * c - b * d
    outIm[i] = a * d + b * c
  }
}

/** The sum of the squares before each sample. */
function runningEnergy(samples: Float64Array): Float64Array {
  const sums = new Float64Array(samples.length + 1)
  for (let i = 0; i < samples.length; i++) sums[i + 1] = (sums[i] as number) + (samples[i] as number) ** 2
  return sums
}

function nearestIn(correlation: Float64Array, energy: Float64Array, { length, rootEnergy }: Kernel, places: number): { at: number; likeness: number } {
  let at = 0
  let likeness = 0
  const floor = rootEnergy * AUDIBLE
  for (let i = 0; i < places && i + length < energy.length; i++) {
    const around = Math.sqrt((energy[i + length] as number) - (energy[i] as number))
    // A prompt upside down is a prompt.
    const alike = around < floor ? 0 : Math.abs(correlation[i] as number) / (around * rootEnergy)
    if (alike <= likeness) continue
    likeness = alike
    at = i
  }
  return { at, likeness }
}

function keepBest(
  best: Map<string, PromptPlace>,
  { name }: Kernel,
  channel: 'left' | 'right',
  { at, likeness }: { at: number; likeness: number },
  from: number,
): void {
  const known = best.get(`${name} ${channel}`)
  if (known === undefined || likeness > known.likeness) best.set(`${name} ${channel}`, { prompt: name, channel, atSample: from + at, likeness })
}
