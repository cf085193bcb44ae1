// Input samples each side of an output sample, at the lower of the two rates.
const REACH = 24
// Where the filter is 6 dB down, as a part of the lower rate's band: it passes 85 % of the band (3.4 of 4 kHz) with a
// loss under 1 dB, and at the band's edge it is some 50 dB down.
const CUTOFF = 0.9
// The coefficients' absolute values sum to under 2.2 times this, so no sum leaves 32 bits: integer arithmetic, fast and exact.
const COEFFICIENT_ONE = 1 << 14
const MAX_PHASES = 512
const MAX_BANKS = 8

interface Bank {
  readonly reach: number
  readonly phases: number
  /** `phases` + 1 rows of 2 × reach coefficients; row p is for an output p / phases behind an input sample. */
  readonly coefficients: Int32Array
}

/** Banks hold constants worked out once; a process meets few pairs of rates. */
const banks = new Map<string, Bank>()

/** How many source samples before and after a moment its resampled value depends on. */
export function resampleReach(sourceRateHz: number, rateHz: number): number {
  return Math.ceil(REACH * Math.max(1, sourceRateHz / rateHz))
}

/**
 * Samples [from, to) at `rateHz` of a source at `sourceRateHz`, whose sample i is at i / sourceRateHz seconds and the
 * result's sample n at n / rateHz. `samples[0]` is the source's sample `firstSample`; what lies outside is zero.
 *
 * A Blackman-windowed sinc, symmetric, so without delay. Coefficients are integers that sum to one and the sums are
 * exact, so every machine gives the same result. Rates that would need more than 512 positions between two source
 * samples (none of the usual pairs does) are placed to the nearest of them.
 * Throws RangeError unless both rates are whole and from 4,000 to 192,000 Hz.
 */
export function resample({
  samples,
  firstSample,
  sourceRateHz,
  rateHz,
  from,
  to,
}: {
  samples: Int16Array
  firstSample: number
  sourceRateHz: number
  rateHz: number
  from: number
  to: number
}): Int16Array {
  const { reach, phases, coefficients } = bankFor(sourceRateHz, rateHz)
  const out = new Int16Array(to - from)
  for (let n = from; n < to; n++) {
    const base = Math.floor((n * sourceRateHz) / rateHz)
    const phase = Math.round(((n * sourceRateHz - base * rateHz) * phases) / rateHz)
    const row = phase * 2 * reach
    const start = base - reach + 1 - firstSample
    const first = Math.max(0, -start)
    const last = Math.min(2 * reach, samples.length - start)
    let sum = 0
    for (let tap = first; tap < last; tap++) {
      sum = (sum + Math.imul(samples[start + tap] ?? 0, coefficients[row + tap] ?? 0)) | 0
    }
    out[n - from] = Math.max(-32768, Math.min(32767, Math.round(sum / COEFFICIENT_ONE)))
  }
  return out
}

function bankFor(sourceRateHz: number, rateHz: number): Bank {
  const key = `${sourceRateHz}>${rateHz}`
  const known = banks.get(key)
  if (known !== undefined) return known
  requireRate(sourceRateHz)
  requireRate(rateHz)
  const bank = buildBank(sourceRateHz, rateHz)
  if (banks.size >= MAX_BANKS) banks.clear()
  banks.set(key, bank)
  return bank
}

function buildBank(sourceRateHz: number, rateHz: number): Bank {
  const reach = resampleReach(sourceRateHz, rateHz)
  const phases = Math.min(MAX_PHASES, rateHz / greatestCommonDivisor(sourceRateHz, rateHz))
  const cutoff = CUTOFF * Math.min(1, rateHz / sourceRateHz)
  const coefficients = new Int32Array((phases + 1) * 2 * reach)
  for (let phase = 0; phase <= phases; phase++) {
    const weights = Array.from({ length: 2 * reach }, (_, tap) => weight(tap - reach + 1 - phase / phases, reach, cutoff))
    const scale = COEFFICIENT_ONE / weights.reduce((sum, one) => sum + one, 0)
    const row = weights.map((one) => Math.round(one * scale))
    // Rounding must not change the level of a steady signal: the tap nearest the middle takes what is over.
    const middle = reach - 1 + Math.round(phase / phases)
    row[middle] = (row[middle] ?? 0) + COEFFICIENT_ONE - row.reduce((sum, one) => sum + one, 0)
    coefficients.set(row, phase * 2 * reach)
  }
  return { reach, phases, coefficients }
}

function weight(distance: number, reach: number, cutoff: number): number {
  const turn = (Math.PI * distance) / reach
  const blackman = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)
  const x = Math.PI * cutoff * distance
  return blackman * (x === 0 ? 1 : Math.sin(x) / x)
}

function requireRate(rateHz: number): void {
  if (!Number.isInteger(rateHz) || rateHz < 4_000 || rateHz > 192_000) {
    throw new RangeError(`a sample rate of ${rateHz} Hz, whole numbers from 4000 to 192000 can be resampled`)
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
