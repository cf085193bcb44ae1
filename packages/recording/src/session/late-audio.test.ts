import { describe, expect, test } from 'vitest'
import { answer, end, gate, given, press, promptFinished, silence, talk, type Call } from './testing/call.ts'
import { captured, endings, told } from './testing/seen.ts'

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

describe('given such a call that falls silent between the key and the audio', () => {
  test('when the key to resume came, then what was said before it is in no recording, however often it falls silent', () => {
    const call = live('always-pause-resume')
    press(call, 'alice', 'pause', 4_000)
    press(call, 'alice', 'resume', 40_000)
    silence(call, 120_000)
    silence(talk(call, 8_000), 120_000)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 4_000],
      [40_000, 90_000],
    ])
  })

  test('when the key to start came, then nothing from before it is recorded', () => {
    const call = live('on-demand-user-start')
    press(call, 'alice', 'start', 64_000)
    silence(call, 120_000)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([[64_000, 90_000]])
  })

  test('when the key to pause came last, then an undated one lets in nothing from before it', () => {
    const call = live('always-pause-resume')
    press(call, 'alice', 'pause', 4_000)
    press(call, 'alice', 'resume', 64_000)
    press(call, 'alice', 'pause', 66_000)
    silence(call, 120_000)
    press(talk(call, 8_000), 'alice', 'resume')
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 4_000],
      [64_000, 90_000],
    ])
  })

  const announced = (): Call => {
    const startStopAnnouncement = { internal: true, pstn: true }
    const call = given({ settings: { alice: { mode: 'on-demand-user-start', startStopAnnouncement } }, rules: { idleEndSeconds: 30 } })
    press(talk(answer(call), 5_000), 'alice', 'start', 64_000)
    return call
  }

  test('when the start is announced first, then it is announced again for its time, and recorded from there', () => {
    const call = announced()
    silence(call, 30_000)
    talk(call, 6_000)
    expect(told(call)).toEqual(['play recording-started at 64000', 'play recording-started at 64000'])
    talk(call, 63_000)
    promptFinished(call, 'recording-started', { fromMs: 60_000, toMs: 62_000 })
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([[64_000, 90_000]])
  })

  test('when a pause came while the start was to be announced, then it stays paused', () => {
    const call = announced()
    press(call, 'alice', 'pause', 65_000)
    silence(call, 30_000)
    talk(call, 70_000)
    promptFinished(call, 'recording-started', { fromMs: 66_000, toMs: 68_000 })
    press(talk(call, 80_000), 'alice', 'resume')
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([[80_000, 90_000]])
  })

  test.each([
    ['opens', 66_000],
    ['is not answered', 64_000],
  ])('when the key to resume waits for a gate that %s, then it is not forgotten', (how, fromMs) => {
    const call = given({ settings: { alice: { mode: 'always-pause-resume' } }, rules: { idleEndSeconds: 30 }, capabilities: { gate: true } })
    press(talk(answer(call), 5_000), 'alice', 'pause', 4_000)
    gate(call, 'closed', 5_000)
    press(call, 'alice', 'resume', 64_000)
    silence(call, 30_000)
    expect(call.state?.phase).toBe('silent')
    talk(call, 66_000)
    if (how === 'opens') gate(call, 'opened', 66_000)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 4_000],
      [fromMs, 90_000],
    ])
    expect(told(call)).toEqual(['close gate (1)', 'open gate (2)'])
  })

  test('when the key to resume waits for its prompt, then it is not forgotten', () => {
    const settings = { mode: 'always-pause-resume', pauseResumeNotification: 'beep' } as const
    const call = given({ settings: { alice: settings }, rules: { idleEndSeconds: 30 } })
    press(talk(answer(call), 5_000), 'alice', 'pause', 4_000)
    press(call, 'alice', 'resume', 64_000)
    silence(call, 30_000)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 4_000],
      [64_000, 90_000],
    ])
  })

  test('when it falls silent in the wait for the gate again and again, then the key is not forgotten, and a pause takes it back', () => {
    const call = given({ settings: { alice: { mode: 'always-pause-resume' } }, rules: { idleEndSeconds: 30 }, capabilities: { gate: true } })
    press(talk(answer(call), 5_000), 'alice', 'pause', 4_000)
    press(call, 'alice', 'resume', 64_000)
    silence(call, 30_000)
    silence(talk(call, 8_000), 30_000)
    expect(told(press(call, 'alice', 'resume', 65_000))).toEqual(['reject resume: not-paused'])
    press(call, 'alice', 'pause', 70_000)
    end(talk(call, 90_000), 90_000)
    expect(captured(call, 'alice')).toEqual([[0, 4_000]])
  })
})

describe('a recording that is stopped where a wrong clock had resumed it', () => {
  const stopped = (): Call => {
    const call = given({ settings: { alice: { mode: 'on-demand-user-start' } } })
    press(talk(answer(call), 1_000), 'alice', 'start', 0)
    press(talk(call, 5_000), 'alice', 'pause', 4_000)
    press(call, 'alice', 'resume', 3_600_000)
    press(talk(call, 20_000), 'alice', 'stop')
    return call
  }

  test('ends no later than its call', () => {
    const call = stopped()
    expect(endings(call, 'alice')).toEqual([])
    end(talk(call, 40_000), 40_000)
    expect(endings(call, 'alice')).toMatchObject([{ reason: 'stopped', atMs: 40_000, totals: { capturedMs: 4_000, pausedMs: 36_000 } }])
  })

  test('ends there if the call goes on for so long', () => {
    const call = talk(stopped(), 130_000)
    expect(endings(call, 'alice')).toMatchObject([{ reason: 'stopped', atMs: 125_000, totals: { capturedMs: 4_000, pausedMs: 121_000 } }])
  })
})
