import { msToSamples } from './format.ts'
import type { AudioFormat } from './format.ts'
import { encode } from './g711.ts'

/** How loud: in dBm0, where 0 is the digital milliwatt, or as the peak's part of full scale, 0..1. */
type Level = { readonly levelDbm0: number } | { readonly amplitude: number }

/** A steady tone. `fadeMs` is the length of the ramp at either end, so that it does not click. */
export type Tone = { readonly frequencyHz: number; readonly durationMs: number; readonly fadeMs: number } & Level

/** Says again and again that a recording runs: 1400 Hz ± 1.5 % for 200 ms, as recorder warning tones have long been. */
export const REPEAT_TONE: Tone = { frequencyHz: 1400, durationMs: 200, levelDbm0: -16, fadeMs: 5 }

/** The short signal of a pause or resume; lower than the repeat tone, to be told from it. */
export const BEEP: Tone = { frequencyHz: 1000, durationMs: 150, levelDbm0: -16, fadeMs: 5 }

/** A tone's bytes in `format`. Throws RangeError when the rate can't carry the frequency or the fades don't fit. */
export function sine(tone: Tone & { readonly format: AudioFormat }): Uint8Array {
  const { format, frequencyHz, durationMs, fadeMs } = tone
  if (!(frequencyHz > 0 && frequencyHz < format.sampleRateHz / 2)) {
    throw new RangeError(`a tone of ${frequencyHz} Hz does not fit a sample rate of ${format.sampleRateHz} Hz`)
  }
  if (!(fadeMs >= 0 && 2 * fadeMs <= durationMs)) {
    throw new RangeError(`two fades of ${fadeMs} ms do not fit a tone of ${durationMs} ms`)
  }
  const peak = peakOf(tone, format)
  const samples = new Int16Array(msToSamples(durationMs, format.sampleRateHz))
  const fadeSamples = msToSamples(fadeMs, format.sampleRateHz)
  for (let i = 0; i < samples.length; i++) {
    const fromEdge = Math.min(i, samples.length - 1 - i)
    const gain = fromEdge < fadeSamples ? (1 - Math.cos((Math.PI * fromEdge) / fadeSamples)) / 2 : 1
    samples[i] = Math.round(peak * gain * Math.sin((2 * Math.PI * frequencyHz * i) / format.sampleRateHz))
  }
  return encode(samples, format.codec)
}

function peakOf(level: Level, format: AudioFormat): number {
  const peak = 'amplitude' in level ? level.amplitude * 32767 : milliwattPeak(format) * 10 ** (level.levelDbm0 / 20)
  if (!(peak >= 0 && peak <= 32767)) throw new RangeError(`a tone with a peak of ${peak} would be clipped at 32767`)
  return peak
}

// The peak of a sine of 0 dBm0: G.711 puts the overload of µ-law (8159 of 14 bits) at 3.17 dBm0, of A-law (4096 of 13)
// at 3.14; L16 takes A-law's.
function milliwattPeak({ codec }: AudioFormat): number {
  switch (codec) {
    case 'PCMU':
      return 8159 * 4 * 10 ** (-3.17 / 20)
    case 'PCMA':
    case 'L16':
      return 4096 * 8 * 10 ** (-3.14 / 20)
  }
}
