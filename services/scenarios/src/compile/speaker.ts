import { bytesPerSample, msToSamples, silenceByte } from '@twinreel/media/format'
import { speechOf, spoken, type Speaker } from '@twinreel/simulator/speech'
import type { Voices } from '@twinreel/simulator/voices'
import type { Party } from '../language/scenario.ts'
import type { CompiledCall } from './plan.ts'

/** Speaks for every party as its scenario says: with a voice in some intervals, and with the codec's silence in between. */
export function speakerOf({ partyOf }: CompiledCall, parties: ReadonlyMap<string, Party>, voices: Voices): Speaker {
  return ({ seed, callId, streamId, format }) => {
    const speech = parties.get(partyOf.get(streamId) ?? '')?.speech ?? []
    const { sampleRateHz, codec } = format
    const pieces = speech.flatMap(({ voice, fromMs, toMs }) =>
      voice === 'silence'
        ? []
        : [
            {
              from: msToSamples(fromMs, sampleRateHz),
              to: toMs === null ? Number.MAX_SAFE_INTEGER : msToSamples(toMs, sampleRateHz),
              speech: speechOf({ seed, callId, streamId }, voices.loop(voice, format)),
            },
          ],
    )
    const [only] = pieces
    if (only !== undefined && pieces.length === 1 && only.from === 0 && only.to === Number.MAX_SAFE_INTEGER) return (from, to) => spoken(only.speech, from, to)
    const width = bytesPerSample(codec)
    return (from, to) => {
      const bytes = new Uint8Array(Math.max(0, to - from) * width).fill(silenceByte(codec))
      for (const piece of pieces) {
        const [first, last] = [Math.max(from, piece.from), Math.min(to, piece.to)]
        if (first < last) bytes.set(spoken(piece.speech, first, last), (first - from) * width)
      }
      return bytes
    }
  }
}
