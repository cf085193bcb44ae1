/**
 * The rate conversion that the format of a recording prescribes: a sinc over 24 samples of the lower rate to either side, at 0.9 of its
 * band, under a Blackman window, with whole-numbered weights that sum to 16384. Whole numbers make the result one and the same
 * everywhere, so it can be compared byte by byte.
 */
const ONE = 16_384

export function conversionReach(fromHz: number, toHz: number): number {
  return Math.ceil(24 * Math.max(1, fromHz / toHz))
}

/** The value of sample `n` at `toHz`; `at(i)` is sample `i` of the source. */
export function converter(fromHz: number, toHz: number): (n: number, at: (i: number) => number) => number {
  const reach = conversionReach(fromHz, toHz)
  const phases = Math.min(512, toHz / commonDivisor(fromHz, toHz))
  const weights = Array.from({ length: phases + 1 }, (_, phase) => weightsAt(phase / phases, reach, 0.9 * Math.min(1, toHz / fromHz)))
  return (n, at) => {
    const before = Math.floor((n * fromHz) / toHz)
    const phase = Math.round(((n * fromHz - before * toHz) * phases) / toHz)
    let value = 0
    weights[phase]?.forEach((weight, tap) => (value += weight * at(before + tap - reach + 1)))
    return Math.max(-32_768, Math.min(32_767, Math.round(value / ONE)))
  }
}

/** Of 2 × reach samples, the `reach`-th of which lies `behind` samples before the moment. */
function weightsAt(behind: number, reach: number, band: number): number[] {
  const ideal = Array.from({ length: 2 * reach }, (_, tap) => {
    const distance = tap - reach + 1 - behind
    if (Math.abs(distance) >= reach) return 0
    const [x, turn] = [Math.PI * band * distance, (Math.PI * distance) / reach]
    return (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)) * (x === 0 ? 1 : Math.sin(x) / x)
  })
  const scale = ONE / sum(ideal)
  const whole = ideal.map((weight) => Math.round(weight * scale))
  // What rounding took or gave goes to the weight in the middle.
  const middle = reach - 1 + Math.round(behind)
  return whole.map((weight, tap) => (tap === middle ? weight + ONE - sum(whole) : weight))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
