import { describe, expect, test } from 'vitest'
import type { FailureBehavior, SettingsInput } from '../settings.ts'
import { answer, end, given, hangUp, join, media, press, promptFinished, silence, talk, type Call, type Given } from './testing/call.ts'
import { captured, commands, counted, effectsOf, ledger, marks, markKinds, told } from './testing/seen.ts'

const ALWAYS: SettingsInput = { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } }
const only = (kind: 'internal' | 'pstn'): SettingsInput => ({ mode: 'always', startStopAnnouncement: { internal: kind === 'internal', pstn: kind === 'pstn' } })

describe('the start announcement', () => {
  test.each<[Given['callType'], SettingsInput, boolean]>([
    ['internal', only('internal'), true],
    ['internal', only('pstn'), false],
    ['pstn', only('internal'), false],
    ['pstn', only('pstn'), true],
    [null, only('internal'), true],
    [null, only('pstn'), true],
    [null, { mode: 'always' }, false],
  ])('on a call of kind %s with %o is played: %s', (callType, alice, isPlayed) => {
    const call = answer(given({ settings: { alice }, callType }))
    expect(told(call)).toEqual(isPlayed ? ['play recording-started at 0'] : [])
    expect(effectsOf(call, 'recording.started')).toHaveLength(isPlayed ? 0 : 1)
  })

  test('is asked for without a time by which it would expire', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }))
    expect(commands(call, 'prompt.play')).toEqual([{ promptId: expect.any(String), prompt: 'recording-started', atMs: 0 }])
  })

  test('capture starts where it ended, not where the answer came', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 4_000)
    promptFinished(call, 'recording-started', { fromMs: 300, toMs: 2_700 })
    end(talk(call, 9_000), 9_000)
    expect(captured(call, 'alice')).toEqual([[2_700, 9_000]])
    expect(marks(call, 'alice').map(({ atMs, what }) => [atMs, what.kind])).toEqual([
      [2_700, 'started'],
      [300, 'prompt'],
      [9_000, 'ended'],
    ])
  })

  test('that is reported more than the trail late loses nothing of what came after it', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 10_000)
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 3_000 })
    end(talk(call, 12_000), 12_000)
    expect(captured(call, 'alice')).toEqual([[3_000, 12_000]])
  })

  test('that is said to end far in the future does not put off the recording for hours', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 2_000)
    call.tell('prompt.finished', { promptId: call.state?.prompts[0]?.promptId ?? '', outcome: 'played', fromMs: 0, toMs: 500_000_000, atMs: 2_000 })
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ atMs: 12_000 }])
  })

  test('is played once for two owners, and both are recorded from its end', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS, bob: ALWAYS } })), 2_000)
    expect(told(call)).toEqual(['play recording-started at 0'])
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 1_500 })
    end(talk(call, 5_000), 5_000)
    expect(captured(call, 'alice')).toEqual([[1_500, 5_000]])
    expect(captured(call, 'bob')).toEqual([[1_500, 5_000]])
  })

  test('does not hold up an owner who announces nothing', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS, bob: { mode: 'always' } } })), 2_000)
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 1_500 })
    end(talk(call, 5_000), 5_000)
    expect(captured(call, 'bob')).toEqual([[0, 5_000]])
  })

  test('is played again for an owner who joins later, and for one who comes back', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always' }, carol: ALWAYS } })), 5_000)
    join(call, 'carol', 5_000)
    expect(told(call.latest)).toEqual(['play recording-started at 5000'])
    promptFinished(call, 'recording-started', { fromMs: 5_000, toMs: 6_000 })
    hangUp(talk(call, 8_000), 'carol', 8_000)
    join(talk(call, 10_000), 'carol', 10_000)
    expect(told(call.latest)).toEqual(['play recording-started at 10000'])
  })

  test('whose owner leaves, or stops, before it ends starts nothing', () => {
    const left = answer(given({ settings: { alice: ALWAYS } }))
    hangUp(left, 'alice', 0)
    promptFinished(left, 'recording-started', { fromMs: 0, toMs: 1_000 })
    const stopped = answer(given({ settings: { alice: { ...ALWAYS, mode: 'on-demand-user-start' } } }))
    press(stopped, 'alice', 'start')
    press(stopped, 'alice', 'stop')
    promptFinished(stopped, 'recording-started', { fromMs: 0, toMs: 1_000 })
    for (const call of [left, stopped]) expect(effectsOf(call, 'recording.started')).toEqual([])
  })

  test('an answer that comes twice, or for a prompt nobody asked for, decides nothing', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 1_000)
    const promptId = call.state?.prompts[0]?.promptId ?? ''
    for (const id of ['call-1/p99', promptId, promptId]) call.tell('prompt.finished', { promptId: id, outcome: 'played', fromMs: 0, toMs: 1_000 })
    expect(effectsOf(call, 'recording.started')).toHaveLength(1)
    expect(markKinds(talk(call, 70_000), 'alice')).toEqual(['started', 'prompt'])
  })
})

describe('pressing pause while the start is announced', () => {
  const settings = { alice: { ...ALWAYS, mode: 'always-pause-resume', pauseResumeNotification: 'announcement' } } satisfies Given['settings']

  test('opens the recording paused, says so then, and shuts the gate first', () => {
    const call = talk(answer(given({ settings, capabilities: { gate: true, indicator: true } })), 1_000)
    press(call, 'alice', 'pause')
    expect(told(call.latest)).toEqual([])
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 2_000 })
    expect(told(call.latest)).toEqual(['close gate (1)'])
    call.tell('gate.closed', { sequence: 1, atMs: 2_100 })
    expect(told(call.latest)).toEqual(['icon of alice: paused', 'play recording-paused at 2100'])
    end(call, 4_000)
    expect(captured(call, 'alice')).toEqual([])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason: 'nothing-captured' })
  })

  test('and resume before it ends is as if nothing had been pressed', () => {
    const call = talk(answer(given({ settings })), 1_000)
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 1_000 })
    end(talk(call, 3_000), 3_000)
    expect(captured(call, 'alice')).toEqual([[1_000, 3_000]])
  })
})

describe('a start announcement that can’t be heard', () => {
  const ways: [string, 'announcement-failed' | 'announcement-unanswered', (call: Call) => void][] = [
    ['fails', 'announcement-failed', (call) => promptFinished(call, 'recording-started', 'failed')],
    ['expires', 'announcement-failed', (call) => promptFinished(call, 'recording-started', 'expired')],
    ['is never finished, says the media clock', 'announcement-unanswered', (call) => media(call, 14_000, 15_000)],
    ['is never finished, says a timer', 'announcement-unanswered', (call) => silence(call, 15_000)],
  ]
  const behaviors: [FailureBehavior, string[]][] = [
    ['proceed-without-announcement', []],
    ['proceed-with-announcement', ['play not-recorded']],
    ['end-call', ['release call: announcement-failed']],
  ]
  test.each(ways.flatMap(([way, reason, happen]) => behaviors.map(([behavior, commanded]) => ({ way, reason, happen, behavior, commanded }))))(
    'because it $way is a failure, and $behavior decides about the call',
    ({ reason, happen, behavior, commanded }) => {
      const call = answer(given({ settings: { alice: ALWAYS, bob: ALWAYS }, rules: { failureBehavior: behavior } }))
      happen(call)
      expect(told(call.latest).map((line) => line.replace(/ at \d+$/, ''))).toEqual(commanded)
      if (behavior === 'proceed-with-announcement') promptFinished(call, 'not-recorded', 'failed')
      end(talk(call, 20_000), 20_000)
      for (const name of ['alice', 'bob']) {
        expect(ledger(call, name)).toEqual({ outcome: 'failed', reason, behavior })
        expect(captured(call, name)).toEqual([])
      }
    },
  )

  test('is told by a release of the call, whatever else the message that shows it brings', () => {
    const call = answer(given({ settings: { alice: ALWAYS }, rules: { failureBehavior: 'end-call' } }))
    media(call, 0, 1_000)
    media(call, 500, 15_000)
    expect(counted(call.latest)).toEqual(['duplicate-audio: 500', 'duplicate-audio: 500'])
    expect(told(call.latest)).toEqual(['release call: announcement-failed'])
  })

  test('says nothing untrue while another owner’s recording goes on', () => {
    const call = answer(given({ settings: { alice: ALWAYS, bob: { mode: 'always' } } }))
    promptFinished(call, 'recording-started', 'failed')
    expect(told(call.latest)).toEqual([])
  })

  test.each(['alice', 'bob'] as const)('on a platform that plays none fails at once (%s)', (name) => {
    const call = answer(given({ settings: { [name]: ALWAYS }, capabilities: { prompts: 'none' } }))
    end(talk(call, 3_000), 3_000)
    expect(commands(call, 'prompt.play')).toEqual([])
    expect(ledger(call, name)).toEqual({ outcome: 'failed', reason: 'announcement-unsupported', behavior: 'proceed-with-announcement' })
  })

  test('is not tried again for an owner who leaves and comes back', () => {
    const call = talk(answer(given({ settings: { bob: ALWAYS } })), 1_000)
    promptFinished(call, 'recording-started', 'failed')
    hangUp(call, 'bob', 1_000)
    expect(told(join(call, 'bob', 1_000))).toEqual([])
    end(talk(call, 4_000), 4_000)
    expect(ledger(call, 'bob')).toMatchObject({ outcome: 'failed', reason: 'announcement-failed' })
  })

  test('can be tried again by a user who starts recordings, and then counts as recorded', () => {
    const call = talk(answer(given({ settings: { alice: { ...ALWAYS, mode: 'on-demand-user-start' } } })), 1_000)
    press(call, 'alice', 'start')
    promptFinished(call, 'recording-started', 'failed')
    press(call, 'alice', 'start')
    promptFinished(call, 'recording-started', { fromMs: 1_000, toMs: 2_000 })
    end(talk(call, 4_000), 4_000)
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
  })

  test('is a failure too for a user who does not try again', () => {
    const call = talk(answer(given({ settings: { alice: { ...ALWAYS, mode: 'on-demand-user-start' } } })), 1_000)
    press(call, 'alice', 'start')
    promptFinished(call, 'recording-started', 'failed')
    end(talk(call, 4_000), 4_000)
    expect(ledger(call, 'alice')).toMatchObject({ outcome: 'failed' })
  })

  test('an answer after its time is too late', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }))
    const promptId = call.state?.prompts[0]?.promptId ?? ''
    silence(call, 15_000)
    call.tell('prompt.finished', { promptId, outcome: 'played', fromMs: 0, toMs: 2_000 })
    expect(effectsOf(call, 'recording.started')).toEqual([])
  })

  test('an answer after its time is too late also when nobody has said so before', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }))
    promptFinished(call, 'recording-started', { fromMs: 13_000, toMs: 15_000 })
    expect(effectsOf(call, 'recording.started')).toEqual([])
  })

  test('a start that was pressed long ago gives the announcement its full time', () => {
    // Bob's recording holds on to a minute of audio, so alice's late key reaches far back.
    const call = talk(answer(given({ settings: { alice: { ...ALWAYS, mode: 'on-demand-user-start' }, bob: { mode: 'always' } } })), 40_000)
    press(call, 'alice', 'start', 5_000)
    expect(told(call.latest)).toEqual(['play recording-started at 5000'])
    promptFinished(call, 'recording-started', { fromMs: 40_100, toMs: 42_000 })
    end(talk(call, 50_000), 50_000)
    expect(captured(call, 'alice')).toEqual([[42_000, 50_000]])
  })
})

describe('the stop announcement', () => {
  const settings = { alice: { ...ALWAYS, mode: 'on-demand-user-start' } } satisfies Given['settings']

  test('plays on stop, after the last sample, and is told in the recording it ends', () => {
    const call = talk(answer(given({ settings })), 1_000)
    press(call, 'alice', 'start')
    promptFinished(call, 'recording-started', { fromMs: 1_000, toMs: 2_000 })
    press(talk(call, 5_000), 'alice', 'stop')
    expect(told(call.latest)).toEqual(['play recording-stopped at 5000'])
    promptFinished(call, 'recording-stopped', { fromMs: 5_100, toMs: 6_000 })
    end(talk(call, 9_000), 9_000)
    expect(captured(call, 'alice')).toEqual([[2_000, 5_000]])
    expect(marks(call, 'alice').at(-1)).toMatchObject({ atMs: 5_100, what: { prompt: 'recording-stopped', outcome: 'played' } })
    expect(effectsOf(call, 'recording.ended')).toMatchObject([{ totals: { prompts: 2, tones: 0 } }])
  })

  test('does not play when nothing was being recorded, or at the end of the call', () => {
    const call = talk(answer(given({ settings })), 1_000)
    press(call, 'alice', 'start')
    press(call, 'alice', 'stop')
    expect(told(call.latest)).toEqual([])
    end(talk(answer(given({ settings: { alice: ALWAYS } })), 1_000), 1_000)
    expect(told(call.latest)).toEqual([])
  })

  test('what is asked for after a recording ended is not told in it', () => {
    const call = talk(
      answer(given({ settings: { alice: { mode: 'on-demand-user-start' }, bob: { mode: 'always', tone: { enabled: true, intervalSeconds: 10 } } } })),
      1_000,
    )
    press(call, 'alice', 'start')
    press(talk(call, 9_500), 'alice', 'stop')
    talk(call, 10_000)
    promptFinished(call, 'tone', { fromMs: 10_000, toMs: 10_200 })
    end(talk(call, 20_000), 20_000)
    expect(markKinds(call, 'alice')).toEqual(['started', 'ended'])
  })
})
