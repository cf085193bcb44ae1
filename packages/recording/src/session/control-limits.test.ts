import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, given, press, promptFinished, talk, type Call } from './testing/call.ts'
import { streamOf } from './testing/people.ts'
import { captured, commands, endings, markKinds, segments, told } from './testing/seen.ts'

const PAUSABLE: SettingsInput = { mode: 'always-pause-resume' }
const ON_DEMAND: SettingsInput = { mode: 'on-demand-user-start' }
const live = (alice: SettingsInput, untilMs = 5_000): Call => talk(answer(given({ settings: { alice } })), untilMs)

describe('a control', () => {
  test('at the very seal is not late', () => {
    const call = live(PAUSABLE, 63_000)
    press(call, 'alice', 'pause', 60_000)
    end(call, 63_000)
    expect(captured(call, 'alice')).toEqual([[0, 60_000]])
    expect(markKinds(call, 'alice')).toEqual(['started', 'paused', 'ended'])
  })

  test('can’t lie before a start that was taken back', () => {
    const call = live({ ...ON_DEMAND, startStopAnnouncement: { internal: true, pstn: true } })
    press(call, 'alice', 'start')
    press(call, 'alice', 'stop', 4_000)
    promptFinished(call, 'recording-started', { fromMs: 5_000, toMs: 5_000 })
    expect(told(press(call, 'alice', 'start', 4_500))).toEqual(['play recording-started at 5000'])
  })

  test('pressed and taken back on the same millisecond leaves no pause', () => {
    const call = live(PAUSABLE)
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    end(talk(call, 70_000), 70_000)
    expect(segments(call, 'alice').flatMap(({ paused }) => paused)).toEqual([])
    expect(endings(call, 'alice')).toMatchObject([{ tail: { paused: [] }, totals: { pausedMs: 0 } }])
  })

  test('that keeps a recording is told in it', () => {
    const call = live({ mode: 'on-demand' })
    press(call, 'alice', 'start')
    end(call, 5_000)
    expect(markKinds(call, 'alice')).toEqual(['started', 'kept', 'ended'])
  })
})

describe('a control of somebody who owns no recording', () => {
  const refusals = (call: Call): unknown[] => commands(call.latest, 'control.rejected')

  test('is answered without naming a user nobody knows', () => {
    const call = live(PAUSABLE)
    call.tell('control.pause', { participantId: 'bob', via: 'softkey' })
    expect(refusals(call)).toEqual([{ eventId: expect.any(String), control: 'pause', reason: 'not-an-owner', atMs: 5_000 }])
    call.tell('control.pause', { via: 'softkey' })
    expect(refusals(call)).toMatchObject([{ reason: 'not-an-owner' }])
  })

  test('hears that the call is over while its last audio is waited for', () => {
    const call = live(PAUSABLE)
    end(call, 6_000, { whole: false })
    expect(told(press(call, 'bob', 'pause'))).toEqual(['reject pause: call-ended'])
  })
})

test('an excluded owner hears that the call is over, once it is', () => {
  const call = talk(answer(given({ settings: { alice: PAUSABLE, bob: PAUSABLE }, callType: 'fax' })), 1_000)
  expect(told(press(call, 'alice', 'pause'))).toEqual(['reject pause: excluded'])
  const mixed = talk(
    answer(
      given({
        settings: {
          alice: PAUSABLE,
          bob: { ...PAUSABLE, calls: { inboundInternal: false, inboundExternal: false, outboundInternal: false, outboundExternal: false } },
        },
      }),
    ),
    1_000,
  )
  end(mixed, 2_000, { whole: false })
  expect(told(press(mixed, 'bob', 'pause'))).toEqual(['reject pause: call-ended'])
})

test.each([4_000, 5_000])('what a stream was until %i ms has no say in the format of a recording that starts at 5 s', (changedMs) => {
  const call = answer(given({ settings: { alice: ON_DEMAND } }), undefined, [streamOf('alice'), streamOf('bob', { codec: 'PCMA', sampleRateHz: 16_000 })])
  talk(call, 4_000, ['alice'])
  call.tell('stream.changed', { stream: streamOf('bob'), atMs: changedMs })
  press(call, 'alice', 'start', 5_000)
  end(talk(call, 6_000), 6_000)
  expect(segments(call, 'alice')).toMatchObject([{ format: { codec: 'PCMU', sampleRateHz: 8_000 } }])
})

test('a stream that goes on beside another one has its say', () => {
  const call = answer(given({ settings: { alice: ON_DEMAND } }), undefined, [streamOf('alice'), streamOf('bob', { codec: 'PCMA', sampleRateHz: 16_000 })])
  call.tell('stream.changed', { stream: streamOf('bob'), atMs: 6_000 })
  press(call, 'alice', 'start', 5_000)
  end(talk(call, 7_000, ['alice']), 7_000, { whole: false })
  talk(call, 12_000, ['alice'])
  call.tell('timer.due', { atMs: 30_000, after: call.state?.last ?? { source: '', id: '' } })
  expect(segments(call, 'alice')[0]?.format).toEqual({ codec: 'L16', sampleRateHz: 16_000 })
})
