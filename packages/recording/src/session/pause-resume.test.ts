import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, gate, given, hangUp, join, media, press, promptFinished, silence, talk, type Call } from './testing/call.ts'
import { captured, effectsOf, endings, markKinds, segments, told } from './testing/seen.ts'

const user = (pauseResumeNotification: 'none' | 'beep' | 'announcement'): SettingsInput => ({ mode: 'always-pause-resume', pauseResumeNotification })
const started = (settings: Parameters<typeof given>[0]['settings'], isGated: boolean): Call =>
  talk(answer(given({ settings, capabilities: { gate: isGated } })), 5_000)

describe('pause and resume', () => {
  test.each([
    ['none', [], []],
    ['beep', ['play pause-beep at 5000'], ['play resume-beep at 8000']],
    ['announcement', ['play recording-paused at 5000'], ['play recording-resumed at 8000']],
  ] as const)('with %s and no gate at the publisher', (notification, onPause, onResume) => {
    const call = started({ alice: user(notification) }, false)
    expect(told(press(call, 'alice', 'pause'))).toEqual(onPause)
    expect(told(press(talk(call, 8_000), 'alice', 'resume'))).toEqual(onResume)
    const [kind] = onResume
    if (kind !== undefined) promptFinished(call, kind.split(' ')[1] ?? '', { fromMs: 8_000, toMs: 9_000 })
    end(talk(call, 12_000), 12_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [notification === 'none' ? 8_000 : 9_000, 12_000],
    ])
    expect(endings(call, 'alice')).toMatchObject([
      { totals: { capturedMs: notification === 'none' ? 9_000 : 8_000, pausedMs: notification === 'none' ? 3_000 : 4_000, segments: 2 } },
    ])
  })

  test.each([
    ['none', [], []],
    ['beep', ['play pause-beep at 5300'], ['play resume-beep at 8000']],
    ['announcement', ['play recording-paused at 5300'], ['play recording-resumed at 8000']],
  ] as const)(
    'with %s: the gate is shut first, then told; resumed is told first, then the gate opens, and capture begins where it is open',
    (notification, onClosed, onResume) => {
      const call = started({ alice: user(notification) }, true)
      expect(told(press(call, 'alice', 'pause'))).toEqual(['close gate (1)'])
      expect(told(gate(call, 'closed', 5_300))).toEqual(onClosed)
      if (notification !== 'none') promptFinished(call, notification === 'beep' ? 'pause-beep' : 'recording-paused', { fromMs: 5_400, toMs: 6_000 })
      media(call, 8_000, 8_000)
      expect(told(press(call, 'alice', 'resume'))).toEqual(notification === 'none' ? ['open gate (2)'] : onResume)
      if (notification !== 'none')
        expect(told(promptFinished(call, notification === 'beep' ? 'resume-beep' : 'recording-resumed', { fromMs: 8_000, toMs: 9_000 }))).toEqual([
          'open gate (2)',
        ])
      gate(call, 'opened', 9_200)
      expect(effectsOf(call.latest, 'recording.resumed')).toMatchObject([{ atMs: 9_200 }])
      talk(call, 12_000)
      end(call, 12_000)
      expect(captured(call, 'alice')).toEqual([
        [0, 5_000],
        [9_200, 12_000],
      ])
    },
  )

  test('tells of every pause: when, and how long', () => {
    const call = started({ alice: user('none') }, false)
    press(call, 'alice', 'pause')
    press(talk(call, 8_000), 'alice', 'resume')
    press(talk(call, 10_000), 'alice', 'pause')
    end(talk(call, 15_000), 15_000)
    expect(segments(call, 'alice').map(({ paused }) => paused)).toEqual([[], [[5_000, 8_000]]])
    expect(endings(call, 'alice')).toMatchObject([{ tail: { paused: [[10_000, 15_000]] }, totals: { pausedMs: 8_000 } }])
    expect(markKinds(call, 'alice')).toEqual(['started', 'paused', 'resumed', 'paused', 'ended'])
  })

  test('on the same millisecond leave nothing out and nothing twice', () => {
    const call = started({ alice: user('none') }, false)
    for (let i = 0; i < 3; i++) {
      press(call, 'alice', 'pause')
      press(call, 'alice', 'resume')
    }
    end(talk(call, 8_000), 8_000)
    expect(captured(call, 'alice')).toEqual([[0, 8_000]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 8_000, pausedMs: 0 } }])
  })

  test('a resume prompt that fails does not keep the user from being recorded', () => {
    const call = started({ alice: user('announcement') }, false)
    press(call, 'alice', 'pause')
    press(talk(call, 8_000), 'alice', 'resume')
    promptFinished(call, 'recording-resumed', 'failed')
    end(talk(call, 10_000), 10_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [8_000, 10_000],
    ])
  })

  test('a resume that a pause takes back captures nothing, whatever comes of its prompt', () => {
    const call = started({ alice: user('announcement') }, true)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_100)
    press(call, 'alice', 'resume')
    expect(told(press(call, 'alice', 'pause'))).toEqual(['play recording-paused at 5100'])
    promptFinished(call, 'recording-resumed', { fromMs: 5_200, toMs: 6_000 })
    expect(told(call.latest)).toEqual([])
    end(talk(call, 9_000), 9_000)
    expect(captured(call, 'alice')).toEqual([[0, 5_000]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { pausedMs: 4_000 } }])
  })

  test.each([
    ['a recorder said so', true],
    ['no recorder was there to say so', false],
  ])('a gate that opens after its time counts as never shut from the key on, as %s', (_, isSaid) => {
    const call = started({ alice: user('none') }, true)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_100)
    press(call, 'alice', 'resume', 8_000)
    if (isSaid) silence(call, 7_900)
    gate(call, 'opened', 14_000)
    end(talk(call, 20_000), 20_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [8_000, 20_000],
    ])
    expect(markKinds(call, 'alice')).toContain('gate-unanswered')
  })

  test('stop during a pause ends the recording where it was paused, and lets the gate open', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } }, capabilities: { gate: true } })), 1_000)
    press(call, 'alice', 'start')
    press(talk(call, 4_000), 'alice', 'pause')
    expect(told(press(talk(call, 6_000), 'alice', 'stop'))).toEqual(['open gate (2)'])
    end(talk(call, 9_000), 9_000)
    expect(captured(call, 'alice')).toEqual([[1_000, 4_000]])
    expect(endings(call, 'alice')).toMatchObject([{ atMs: 6_000, totals: { capturedMs: 3_000, pausedMs: 2_000 } }])
  })
})

describe('the publisher’s gate', () => {
  test('an answer to an older command changes nothing', () => {
    const call = started({ alice: user('none') }, true)
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    expect(call.state?.gate).toMatchObject({ state: 'opening', sequence: 2 })
    gate(call, 'closed', 5_100, 1)
    gate(call, 'opened', 5_150, 1)
    gate(call, 'closed', 5_200, 2)
    expect(call.state?.gate.state).toBe('opening')
    gate(call, 'opened', 5_300, 2)
    end(talk(call, 8_000), 8_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [5_300, 8_000],
    ])
  })

  test('that is never shut is taken as shut after a while, and the pause is told then', () => {
    const call = started({ alice: user('beep') }, true)
    press(call, 'alice', 'pause')
    talk(call, 9_900)
    expect(told(talk(call, 10_000).latest)).toEqual(['play pause-beep at 10000'])
    end(call, 10_000)
    expect(markKinds(call, 'alice')).toContain('gate-unanswered')
    expect(captured(call, 'alice')).toEqual([[0, 5_000]])
  })

  test.each(['media', 'a timer'])('that is never opened is taken as open from where it was asked to, says %s', (by) => {
    const call = started({ alice: user('none') }, true)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    press(call, 'alice', 'resume')
    if (by === 'media') talk(call, 10_000)
    else silence(call, 5_000)
    expect(effectsOf(call.latest, 'recording.resumed')).toMatchObject([{ atMs: 5_000 }])
    end(talk(call, 12_000), 12_000)
    expect(captured(call, 'alice')).toEqual([[0, 12_000]])
  })

  test('stays open while another owner’s recording takes audio; the pause is told at once', () => {
    const call = started({ alice: user('beep'), bob: user('beep') }, true)
    expect(told(press(call, 'alice', 'pause'))).toEqual(['play pause-beep at 5000'])
    expect(told(press(talk(call, 7_000), 'bob', 'pause'))).toEqual(['close gate (1)'])
    expect(told(gate(call, 'closed', 7_100))).toEqual(['play pause-beep at 7100'])
    expect(told(press(call, 'alice', 'resume'))).toEqual(['play resume-beep at 7100'])
    expect(told(promptFinished(call, 'resume-beep', { fromMs: 7_200, toMs: 7_400 }))).toEqual(['open gate (2)'])
    gate(call, 'opened', 7_500)
    end(talk(call, 10_000), 10_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [7_500, 10_000],
    ])
    expect(captured(call, 'bob')).toEqual([[0, 7_000]])
  })

  test('shuts when the recording that kept it open ends', () => {
    const call = started({ alice: user('none'), bob: { mode: 'always' } }, true)
    press(call, 'alice', 'pause')
    expect(told(hangUp(call, 'bob', 5_000))).toEqual(['close gate (1)'])
  })

  test('stays shut until a resume has been announced, whoever leaves meanwhile', () => {
    const call = started({ alice: user('beep'), bob: user('none') }, true)
    press(call, 'alice', 'pause')
    press(call, 'bob', 'pause')
    gate(call, 'closed', 5_100)
    press(call, 'alice', 'resume')
    expect(told(hangUp(call, 'bob', 5_200))).toEqual([])
    expect(told(promptFinished(call, 'resume-beep', { fromMs: 5_200, toMs: 5_400 }))).toEqual(['open gate (2)'])
  })

  test.each(['announcement', 'beep'] as const)('a pause taken back before the gate was shut is told by no %s, and neither is its end', (notification) => {
    const call = started({ alice: user(notification) }, true)
    press(call, 'alice', 'pause')
    expect(told(press(call, 'alice', 'resume'))).toEqual(['open gate (2)'])
    expect(told(gate(call, 'closed', 5_100))).toEqual([])
    expect(told(gate(call, 'opened', 5_200))).toEqual([])
    expect(effectsOf(call, 'recording.paused')).toEqual([])
    expect(effectsOf(call, 'recording.resumed')).toEqual([])
  })

  test('a pause that was told is taken back aloud, also when it was told because somebody else keeps the gate open', () => {
    const alone = started({ alice: user('beep') }, true)
    press(alone, 'alice', 'pause')
    gate(alone, 'closed', 5_100)
    expect(told(press(alone, 'alice', 'resume'))).toEqual(['play resume-beep at 5100'])
    const beside = started({ alice: user('beep'), bob: user('none') }, true)
    press(beside, 'alice', 'pause')
    expect(told(press(beside, 'alice', 'resume'))).toEqual(['play resume-beep at 5000'])
  })

  test('what two owners wait to be told is told once, and what one took back is still told for the other', () => {
    const both = started({ alice: user('beep'), bob: user('beep') }, true)
    press(both, 'alice', 'pause')
    press(both, 'bob', 'pause')
    press(both, 'alice', 'resume')
    press(both, 'alice', 'pause')
    expect(told(gate(both, 'closed', 5_100))).toEqual(['play pause-beep at 5100'])

    const one = started({ alice: user('none'), bob: user('announcement') }, true)
    press(one, 'alice', 'pause')
    expect(told(press(one, 'bob', 'pause'))).toEqual(['close gate (1)'])
    expect(told(press(one, 'alice', 'resume'))).toEqual(['open gate (2)', 'play recording-paused at 5000'])
  })

  test('opens while a joining owner’s announcement plays, so that capture can begin at its end', () => {
    const call = talk(
      answer(
        given({
          settings: { alice: user('none'), carol: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } },
          capabilities: { gate: true },
        }),
      ),
      5_000,
    )
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    expect(told(join(call, 'carol', 6_000))).toEqual(['play recording-started at 6000', 'open gate (2)'])
    gate(call, 'opened', 6_100)
    promptFinished(call, 'recording-started', { fromMs: 6_000, toMs: 7_500 })
    end(talk(call, 9_000, ['alice', 'bob', 'carol']), 9_000)
    expect(captured(call, 'carol')).toEqual([[7_500, 9_000]])
    expect(captured(call, 'alice')).toEqual([[0, 5_000]])
  })

  test('follows a pause pressed, and taken back, during another owner’s announcement', () => {
    const call = talk(
      answer(
        given({
          settings: { alice: user('none'), carol: { ...user('none'), startStopAnnouncement: { internal: true, pstn: true } } },
          capabilities: { gate: true },
        }),
      ),
      5_000,
    )
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    expect(told(join(call, 'carol', 6_000))).toContain('open gate (2)')
    expect(told(press(call, 'carol', 'pause'))).toEqual(['close gate (3)'])
    expect(told(press(call, 'carol', 'resume'))).toEqual(['open gate (4)'])
  })

  test('a start that only waits for the gate can be paused: it begins paused', () => {
    const call = talk(answer(given({ settings: { alice: user('none'), carol: user('beep') }, capabilities: { gate: true } })), 5_000)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    expect(told(join(call, 'carol', 6_000))).toEqual(['open gate (2)'])
    expect(told(press(call, 'carol', 'pause'))).toEqual(['close gate (3)'])
    expect(told(gate(call, 'closed', 6_200))).toEqual(['play pause-beep at 6200'])
    expect(call.state?.owners['carol']?.machine.kind).toBe('paused')
  })

  test('a late pause gives the gate its full time', () => {
    const call = talk(answer(given({ settings: { alice: user('beep') }, capabilities: { gate: true } })), 40_000)
    expect(told(press(call, 'alice', 'pause', 20_000))).toEqual(['close gate (1)'])
    expect(told(gate(call, 'closed', 40_100))).toEqual(['play pause-beep at 40100'])
  })
})

describe('that a recording is paused', () => {
  const shown = (settings: Parameters<typeof given>[0]['settings'], capabilities: { gate: boolean }): Call =>
    talk(answer(given({ settings, capabilities: { ...capabilities, indicator: true } })), 5_000)
  const announced = (call: Call): unknown[] => call.latest.effects.filter(({ kind }) => kind === 'recording.paused' || kind === 'recording.resumed')

  test('is said by event, icon and prompt when the publisher’s gate is shut, and not before', () => {
    const call = shown({ alice: user('beep') }, { gate: true })
    expect(told(press(call, 'alice', 'pause'))).toEqual(['close gate (1)'])
    expect(announced(call)).toEqual([])
    expect(told(gate(call, 'closed', 5_300))).toEqual(['icon of alice: paused', 'play pause-beep at 5300'])
    expect(announced(call)).toMatchObject([{ kind: 'recording.paused', atMs: 5_000 }])
  })

  test('is said at once where only our own gate can be shut', () => {
    const call = shown({ alice: user('none') }, { gate: false })
    expect(told(press(call, 'alice', 'pause'))).toEqual(['icon of alice: paused'])
    expect(announced(call)).toMatchObject([{ kind: 'recording.paused', atMs: 5_000 }])
  })

  test('is not said of a pause that was taken back before the gate was shut, nor that it goes on', () => {
    const call = shown({ alice: user('none') }, { gate: true })
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    gate(call, 'closed', 5_200, 1)
    expect(told(gate(call, 'opened', 5_300, 2))).toEqual([])
    expect(announced(call)).toEqual([])
    end(talk(call, 8_000), 8_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [5_300, 8_000],
    ])
  })

  test('is not said of one that was stopped before the gate was shut', () => {
    const call = shown({ alice: { mode: 'on-demand-user-start' } }, { gate: true })
    press(call, 'alice', 'start')
    press(call, 'alice', 'pause')
    expect(told(press(call, 'alice', 'stop'))).toEqual(['icon of alice: off', 'open gate (2)'])
    gate(call, 'closed', 5_200, 1)
    expect(announced(call)).toEqual([])
  })

  test('is not said again when a resume is taken back while it is announced', () => {
    const call = shown({ alice: user('beep') }, { gate: false })
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    expect(told(press(call, 'alice', 'pause'))).toEqual(['play pause-beep at 5000'])
    expect(announced(call)).toEqual([])
  })

  test('is said again of the further recording of a call that goes on after a silence', () => {
    const call = shown({ alice: user('none') }, { gate: true })
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_100)
    silence(call, 120_000)
    media(call, 6_000, 7_000)
    expect(announced(call)).toMatchObject([{ kind: 'recording.paused', atMs: 6_000 }])
    expect(told(call.latest)).toEqual(['icon of alice: paused'])
  })
})
