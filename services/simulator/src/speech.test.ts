import { describe, expect, it } from 'vitest'
import { bytesPerSample, type AudioFormat } from '@twinreel/media/format'
import { decode } from '@twinreel/media/g711'
import { speechOf, spoken } from './speech.ts'
import { openVoices } from './voices.ts'

const voices = openVoices()
const MU_LAW: AudioFormat = { codec: 'PCMU', sampleRateHz: 8_000 }
const FORMATS: AudioFormat[] = [MU_LAW, { codec: 'PCMA', sampleRateHz: 8_000 }, { codec: 'L16', sampleRateHz: 8_000 }, { codec: 'L16', sampleRateHz: 16_000 }]

describe('the speech of a stream', () => {
  it('never says the same 100 ms twice, in no stream and in no other', () => {
    const seen = new Map<string, string>()
    for (const format of FORMATS) {
      const windowSamples = format.sampleRateHz / 10
      for (let call = 0; call < 12; call++) {
        for (const streamId of ['near', 'far']) {
          const speech = speechOf({ seed: call % 2, callId: `call-${call >> 1}`, streamId }, voices.loop(call % 3 === 0 ? 'cards' : 'reader', format))
          // Around the start, where loops of the recordings meet (9.65 and 24.73 s), and far into the call.
          for (const fromMs of [0, 9_500, 24_600, 49_300, 600_000, 86_400_000]) {
            const from = (fromMs * format.sampleRateHz) / 1_000
            const bytes = spoken(speech, from, from + 8 * windowSamples)
            for (let at = 0; at <= 7 * windowSamples; at += 97) {
              const window = Buffer.from(bytes.subarray(at * bytesPerSample(format.codec), (at + windowSamples) * bytesPerSample(format.codec))).toString(
                'latin1',
              )
              const place = `${format.codec} ${format.sampleRateHz} seed ${call % 2} call ${call >> 1} ${streamId} ${from + at}`
              expect(seen.get(window)).toBeUndefined()
              seen.set(window, place)
            }
          }
        }
      }
    }
  })

  it('never says the same 100 ms at a whole number of loops later', () => {
    const loop = voices.loop('cards', MU_LAW)
    const speech = speechOf({ seed: 1, callId: 'call', streamId: 'near' }, loop)
    const loopSamples = loop.words.length * 4
    const seen = new Set(Array.from({ length: 300 }, (_, lap) => Buffer.from(spoken(speech, lap * loopSamples, lap * loopSamples + 800)).toString('latin1')))
    expect(seen.size).toBe(300)
  })

  it.each(FORMATS)('is the same however it is cut: $codec at $sampleRateHz', (format) => {
    const names = { seed: 7, callId: 'call', streamId: 'near' }
    const whole = spoken(speechOf(names, voices.loop('reader', format)), 0, 1_000)
    const again = speechOf(names, openVoices().loop('reader', format))
    const cuts = [0, 1, 33, 160, 161, 640, 999, 1_000]
    const parts = cuts.slice(1).map((to, i) => spoken(again, cuts[i] ?? 0, to))
    expect(Buffer.concat(parts).equals(Buffer.from(whole))).toBe(true)
    expect(whole.length).toBe(1_000 * bytesPerSample(format.codec))
  })

  it('is audible speech, not noise alone', () => {
    const speech = speechOf({ seed: 7, callId: 'call', streamId: 'near' }, voices.loop('reader', MU_LAW))
    const samples = decode(spoken(speech, 0, 8_000 * 20), 'PCMU')
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeGreaterThan(5_000)
  })
})
