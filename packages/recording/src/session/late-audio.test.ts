import { describe, expect, test } from 'vitest'
import { answer, end, given, press, talk, type Call } from './testing/call.ts'
import { captured, endings } from './testing/seen.ts'

const live = (mode: 'always-pause-resume' | 'on-demand-user-start'): Call => talk(answer(given({ settings: { alice: { mode } } })), 5_000)

describe('given a call whose audio has come to 5 s and is held back by an outage, while keys still come', () => {
  test.each([
    ['the key to resume comes', 4_000, 64_000, [0, 4_000]],
    ['both keys come', 62_000, 66_000, [0, 15_000]],
    ['both keys come', 12_000, 16_000, [0, 12_000]],
  ])('when %s before the audio, then what was said between them (%i to %i ms) is in no recording', (_, pausedMs, resumedMs, before) => {
    const call = live('always-pause-resume')
    press(call, 'alice', 'pause', pausedMs)
    press(call, 'alice', 'resume', resumedMs)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([before, [resumedMs, 90_000]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { lostMs: 0 } }])
  })

  test('when the key to start comes before the audio, then nothing from before it is recorded', () => {
    const call = live('on-demand-user-start')
    press(call, 'alice', 'start', 64_000)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([[64_000, 90_000]])
  })

  test('when the key to resume says more than two minutes, then it is a wrong clock, and they are all it costs', () => {
    const call = live('always-pause-resume')
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume', 3_600_000)
    end(talk(call, 140_000), 140_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [125_000, 140_000],
    ])
  })
})
