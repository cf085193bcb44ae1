import { msToSamples, type AudioFormat } from '@twinreel/media/format'
import { bitsAt, keyOf } from '@twinreel/simulator/random'
import type { Speaker } from '@twinreel/simulator/speech'

/** A pause of a call by its plan: what is said from the key to pause up to the key to resume. `toMs` is infinite when the call ends in it. */
export interface Pause {
  readonly number: number
  readonly fromMs: number
  readonly toMs: number
}

/** What is said in every pause, over and over: these values, one a sample, and then the pause's number in four more. */
export const MAGIC = Uint8Array.of(0xd3, 0x1c, 0xa7, 0x4e, 0x92, 0x6b, 0xf5, 0x38)
const NUMBER_BYTES = 4
export const PERIOD = MAGIC.length + NUMBER_BYTES

/** The value of a sample that is said in this pause. */
export function canaryValue(pause: number, sample: number): number {
  const place = sample % PERIOD
  return MAGIC[place] ?? (pause >>> (8 * (PERIOD - 1 - place))) & 0xff
}

/** Says the canary in the pauses of each call, and elsewhere what no other place of any stream says. An L16 sample is a value twice: the same in either order of its bytes. */
export function canarySpeaker(pausesOf: ReadonlyMap<string, readonly Pause[]>): Speaker {
  return ({ seed, callId, streamId, format }) => {
    const key = keyOf('canary', seed, callId, streamId)
    const pauses = inSamples(pausesOf.get(callId) ?? [], format)
    return (from, to) => {
      const values = new Uint8Array(Math.max(0, to - from))
      for (let i = 0; i < values.length; i++) values[i] = bitsAt(key, from + i)
      for (const { number, from: begin, to: end } of pauses)
        for (let sample = Math.max(from, begin); sample < Math.min(to, end); sample++) values[sample - from] = canaryValue(number, sample)
      return format.codec === 'L16' ? twice(values) : values
    }
  }
}

/** The pauses as a stream of this format counts. */
export function inSamples(pauses: readonly Pause[], { sampleRateHz }: AudioFormat): { number: number; from: number; to: number }[] {
  return pauses.map(({ number, fromMs, toMs }) => ({
    number,
    from: msToSamples(fromMs, sampleRateHz),
    to: toMs === Number.POSITIVE_INFINITY ? toMs : msToSamples(toMs, sampleRateHz),
  }))
}

export function twice(values: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: values.length * 2 }, (_, i) => values[i >> 1] ?? 0)
}
