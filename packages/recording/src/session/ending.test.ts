import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, gate, given, hangUp, join, media, press, promptFinished, silence, talk, type Call } from './testing/call.ts'
import { captured, counted, deadLetters, effectsOf, endings, ledger, marks, markKinds, segments, told } from './testing/seen.ts'

const ALWAYS: SettingsInput = { mode: 'always' }
const live = (alice: SettingsInput = ALWAYS, gated = false): Call => talk(answer(given({ settings: { alice }, capabilities: { gate: gated } })), 5_000)

describe('the end of a call', () => {
  test('seals at once when every declared sample is there', () => {
    const call = live()
    expect(end(call, 5_000).effects.map((effect) => effect.kind)).toEqual(['segment.sealed', 'recording.ended', 'ledger', 'call.closed'])
    expect(call.state?.phase).toBe('closed')
  })

  test('waits for audio that was declared and has not come, and takes it', () => {
    const call = live()
    end(call, 6_000)
    expect(segments(call, 'alice')).toEqual([])
    media(call, 5_000, 6_000)
    expect(captured(call, 'alice')).toEqual([[0, 6_000]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { lostMs: 0 } }])
  })

  test('audio that is declared counts though the end is dated a moment earlier', () => {
    const call = live()
    call.tell('call.ended', {
      atMs: 4_800,
      finalSamples: [
        { streamId: 'alice-audio', sampleOffset: 40_000 },
        { streamId: 'nobody', sampleOffset: 1 },
        { streamId: 'constructor', sampleOffset: 1 },
      ],
    })
    expect(captured(call, 'alice')).toEqual([[0, 5_000]])
  })

  test('a stream that ended earlier than the call is not missed', () => {
    const call = live()
    media(call, 5_000, 6_000, ['alice'])
    call.tell('call.ended', {
      atMs: 6_000,
      finalSamples: [
        { streamId: 'alice-audio', sampleOffset: 48_000 },
        { streamId: 'bob-audio', sampleOffset: 40_000 },
      ],
    })
    expect(endings(call, 'alice')).toMatchObject([{ atMs: 6_000, totals: { lostMs: 0 } }])
  })

  test('without declared samples seals what is there when a timer says that the trail is over', () => {
    const call = live()
    end(call, 6_000, { whole: false })
    silence(call, 1_999)
    expect(segments(call, 'alice')).toEqual([])
    silence(call, 2_000)
    expect(endings(call, 'alice')).toMatchObject([{ atMs: 6_000, totals: { capturedMs: 6_000, lostMs: 2_000 } }])
    expect(segments(call, 'alice')[0]?.losses).toEqual([
      { channel: 'near', streamId: 'alice-audio', fromMs: 5_000, toMs: 6_000 },
      { channel: 'far', streamId: 'bob-audio', fromMs: 5_000, toMs: 6_000 },
    ])
    expect(call.state?.phase).toBe('closed')
  })

  test('a timer about an older silence changes nothing', () => {
    const call = live()
    const after = call.state?.last
    end(call, 6_000, { whole: false })
    call.tell('timer.due', { atMs: 60_000, after: after ?? { source: '', id: '' } })
    expect(call.latest.effects).toEqual([])
    call.tell('timer.due', { atMs: 60_000, after: { source: '/elsewhere', id: call.state?.last.id ?? '' } })
    expect(call.latest.effects).toEqual([])
  })

  test('a final sample of a broken clock does not make a recording of years', () => {
    const call = live()
    call.tell('call.ended', { atMs: 5_000, finalSamples: [{ streamId: 'alice-audio', sampleOffset: Number.MAX_SAFE_INTEGER }] })
    expect(endings(call, 'alice')).toMatchObject([{ atMs: 5_000 }])
  })

  test('cuts a stop that had placed itself behind it', () => {
    const call = live({ mode: 'on-demand-user-start' })
    press(call, 'alice', 'start')
    press(talk(call, 8_000), 'alice', 'stop', 15_000)
    end(call, 8_000)
    expect(endings(call, 'alice')).toMatchObject([{ reason: 'stopped', atMs: 8_000, totals: { capturedMs: 3_000 } }])
    expect(marks(call, 'alice')).toMatchObject([
      { atMs: 5_000, what: { kind: 'started' } },
      { atMs: 8_000, what: { kind: 'ended' } },
    ])
  })

  test('cuts a pause and a resume that had placed themselves behind it', () => {
    const call = live({ mode: 'always-pause-resume' })
    press(call, 'alice', 'pause', 7_000)
    press(call, 'alice', 'resume', 8_000)
    end(call, 5_000)
    expect(captured(call, 'alice')).toEqual([[0, 5_000]])
    expect(endings(call, 'alice')).toMatchObject([{ atMs: 5_000, totals: { capturedMs: 5_000, pausedMs: 0 }, tail: { paused: [] } }])
  })

  test('may come while the start is announced, or before capture began', () => {
    const call = answer(given({ settings: { alice: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } } }))
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 2_000 })
    end(call, 1_000, { whole: false })
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 0 } }])
    const waiting = answer(given({ settings: { alice: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } } }))
    end(waiting, 0)
    expect(ledger(waiting, 'alice')).toEqual({ outcome: 'excluded', reason: 'nothing-captured' })
  })

  test('answers to what was asked before it are no mistake', () => {
    const call = live({ mode: 'always-pause-resume', pauseResumeNotification: 'beep' }, true)
    press(call, 'alice', 'pause')
    end(call, 5_000)
    gate(call, 'closed', 5_100)
    gate(call, 'opened', 5_100)
    call.tell('prompt.finished', { promptId: 'call-1/p1', outcome: 'failed' })
    expect(deadLetters(call)).toEqual([])
  })
})

describe('a call that says nothing any more', () => {
  test('ends at its last sample when a timer says that it was silent for too long', () => {
    const call = live()
    media(call, 20_000, 20_000)
    silence(call, 119_999)
    expect(call.state?.phase).toBe('answered')
    silence(call, 120_000)
    expect(endings(call, 'alice')).toMatchObject([{ reason: 'idle', atMs: 5_000, totals: { capturedMs: 5_000, lostMs: 0 } }])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
    expect(effectsOf(call, 'call.closed')).toEqual([{ kind: 'call.closed', atMs: 20_000 }])
  })

  test('ends after the time its organization chose', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS }, rules: { idleEndSeconds: 30 } })), 5_000)
    silence(call, 30_000)
    expect(call.state?.phase).toBe('silent')
  })

  test('that goes on is recorded in a further recording, from there', () => {
    const call = live()
    silence(call, 120_000)
    media(call, 200_000, 201_000)
    end(talk(call, 203_000), 203_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [200_000, 203_000],
    ])
    expect(endings(call, 'alice').map(({ reason }) => reason)).toEqual(['idle', 'call-ended'])
    expect(effectsOf(call, 'recording.started').map(({ ordinal }) => ordinal)).toEqual([1, 2])
    expect(effectsOf(call, 'ledger').map(({ outcome }) => outcome.outcome)).toEqual(['recorded', 'recorded'])
  })

  test('stays paused for whoever had paused, and knows that the gate is still shut', () => {
    const call = live({ mode: 'always-pause-resume' }, true)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    silence(call, 120_000)
    media(call, 200_000, 200_000, ['alice', 'bob'], 200_000)
    expect(told(press(call, 'alice', 'resume'))).toEqual(['open gate (2)'])
    expect(effectsOf(call.latest, 'recording.paused')).toMatchObject([{ atMs: 200_000 }])
    gate(call, 'opened', 200_500)
    for (let at = 200_500; at < 203_000; at += 500) media(call, at, at + 500)
    end(call, 203_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [200_500, 203_000],
    ])
  })

  test.each([
    ['knows from it how far it has come if it says when it was made', true, 550_000],
    ['else believes no offset of it', false, 5_000],
  ])('opens no recording for media of no samples, and %s', (_, isDated, clockMs) => {
    const call = live({ mode: 'always-pause-resume' })
    silence(call, 120_000)
    for (let at = 130_000; at < 600_000; at += 60_000)
      expect(media(call, at, at, ['alice', 'bob'], isDated ? at : null)).toMatchObject({ effects: [], placed: [] })
    expect(call.state).toMatchObject({ phase: 'silent', clockMs })
    media(call, 600_000, 601_000)
    expect(effectsOf(call, 'recording.started').map(({ atMs }) => atMs)).toEqual([0, 600_000])
  })

  test('is followed by media of no samples for hours, and goes on with audio behind them', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 5_000)
    silence(call, 120_000)
    for (let atMs = 130_000; atMs < 18_000_000; atMs += 10_000) media(call, atMs, atMs)
    media(call, 18_000_000, 18_001_000)
    expect(deadLetters(call)).toEqual([])
    end(call, 18_001_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [18_000_000, 18_001_000],
    ])
  })

  test('tells what is wrong with media of no samples, far ahead or not', () => {
    const call = live({ mode: 'always-pause-resume' })
    silence(call, 120_000)
    media(call, 130_000, 130_000, ['nobody'])
    expect(deadLetters(call.latest)).toEqual(['unknown-stream'])
    media(call, 5 * 3_600_000, 5 * 3_600_000)
    expect(deadLetters(call.latest)).toEqual(['invalid-media'])
  })

  test('opens the gate for those who are left only when it goes on: nobody is there before', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } }, capabilities: { gate: true } })), 5_000)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    silence(call, 120_000)
    expect(told(hangUp(call, 'alice', 130_000))).toEqual([])
    expect(told(media(call, 140_000, 141_000, ['bob']))).toEqual(['open gate (2)'])
  })

  test('is said to be paused for whoever had paused, and for nobody else', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' }, bob: ALWAYS }, capabilities: { indicator: true } })), 5_000)
    press(call, 'alice', 'pause')
    silence(call, 120_000)
    media(call, 200_000, 201_000)
    expect(effectsOf(call.latest, 'recording.paused')).toMatchObject([{ ownerId: 'alice', atMs: 200_000 }])
    expect(told(call.latest)).toEqual(['icon of bob: recording', 'icon of alice: paused'])
  })

  test('asks for the gate again if that is what the one who is left wants', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' }, bob: { mode: 'always' } }, capabilities: { gate: true } })), 5_000)
    press(call, 'alice', 'pause')
    silence(call, 120_000)
    expect(told(hangUp(call, 'bob', 130_000))).toEqual([])
    expect(told(media(call, 140_000, 141_000, ['alice']))).toEqual(['close gate (1)'])
  })

  test('is taken up again by a key that may be pressed, and not by one that may not', () => {
    const call = live({ mode: 'always-pause-resume' })
    silence(call, 120_000)
    expect(told(press(call, 'alice', 'start'))).toEqual(['reject start: not-allowed-in-mode'])
    expect(told(press(call, 'mallory', 'pause'))).toEqual(['reject pause: not-an-owner'])
    expect(call.state?.phase).toBe('silent')
    press(call, 'alice', 'pause', 500_000_000)
    expect(call.state).toMatchObject({ phase: 'answered', clockMs: 5_000, owners: { alice: { machine: { kind: 'paused' } } } })
    media(call, 200_000, 201_000)
    end(call, 201_000)
    expect(captured(call, 'alice').at(-1)?.[1]).toBeLessThanOrEqual(15_000)
  })

  test('waits for its start again where it had waited', () => {
    const call = live({ mode: 'on-demand-user-start' })
    silence(call, 120_000)
    join(call, 'carol', 130_000)
    expect(call.state?.owners['alice']?.machine.kind).toBe('standby')
    press(call, 'alice', 'start')
    end(call, 130_000)
    expect(endings(call, 'alice')).toHaveLength(1)
  })

  test.each([
    ['a hold', (call: Call) => call.tell('call.held', { participantId: 'bob', atMs: 130_000 })],
    ['the end of a hold', (call: Call) => call.tell('call.retrieved', { participantId: 'bob', atMs: 130_000 })],
    [
      'a new stream',
      (call: Call) => call.tell('stream.added', { stream: { streamId: 's', participantIds: ['bob'], codec: 'PCMA', sampleRateHz: 8_000 }, atMs: 130_000 }),
    ],
    [
      'a changed stream',
      (call: Call) =>
        call.tell('stream.changed', { stream: { streamId: 'bob-audio', participantIds: ['bob'], codec: 'PCMA', sampleRateHz: 8_000 }, atMs: 130_000 }),
    ],
  ])('goes on with %s', (_, happen) => {
    const call = live()
    silence(call, 120_000)
    happen(call)
    expect(call.state?.phase).toBe('answered')
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ atMs: 130_000, ordinal: 2 }])
  })

  test.each([
    ['a repeat of old audio', (call: Call) => media(call, 4_000, 5_000)],
    ['audio of no stream', (call: Call) => media(call, 200_000, 201_000, ['nobody'])],
    ['audio of a broken clock', (call: Call) => media(call, 500_000_000, 500_000_001)],
    ['an empty message', (call: Call) => media(call, 0, 0, [])],
    ['an answer to an old prompt', (call: Call) => call.tell('prompt.finished', { promptId: 'call-1/p1', outcome: 'failed' })],
    ['an answer to an old gate', (call: Call) => gate(call, 'closed', 5_000)],
    ['somebody leaving', (call: Call) => hangUp(call, 'alice', 130_000)],
  ])('does not go on because of %s', (_, happen) => {
    const call = live()
    silence(call, 120_000)
    happen(call)
    expect(call.state?.phase).toBe('silent')
    expect(effectsOf(call.latest, 'recording.started')).toEqual([])
  })

  test('does not record an owner who left during the silence', () => {
    const call = live()
    silence(call, 120_000)
    hangUp(call, 'alice', 130_000)
    media(call, 140_000, 141_000, ['bob'])
    expect(effectsOf(call.latest, 'recording.started')).toEqual([])
    join(call, 'alice', 142_000)
    expect(effectsOf(call.latest, 'recording.started')).toHaveLength(1)
  })

  test('and then is said to have ended has had its outcome', () => {
    const call = live()
    silence(call, 120_000)
    end(call, 5_000)
    expect(call.latest.effects).toEqual([])
    expect(call.state?.phase).toBe('closed')
  })

  test('is closed for good after an hour of silence, as is one that was never answered', () => {
    const call = live()
    silence(call, 120_000)
    silence(call, 3_599_999)
    expect(call.state?.phase).toBe('silent')
    silence(call, 3_600_000)
    expect(call.state?.phase).toBe('closed')
    silence(call, 9_000_000)
    expect(call.latest.effects).toEqual([])
    const ringing = given({ settings: { alice: ALWAYS } })
    silence(ringing, 3_600_000)
    expect(ringing.latest.effects).toEqual([{ kind: 'call.closed', atMs: 0 }])
  })

  test('that had no audio at all was not recorded', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }))
    silence(call, 120_000)
    expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason: 'nothing-captured' })
  })
})

describe('messages after the end', () => {
  const over = (): Call => {
    const call = live()
    end(call, 5_000)
    return call
  }

  test('repeats of audio are counted, audio from nowhere is refused', () => {
    const call = over()
    media(call, 3_000, 4_000)
    expect(counted(call.latest)).toEqual(['duplicate-audio: 1000', 'duplicate-audio: 1000'])
    expect(deadLetters(call)).toEqual([])
    media(call, 7_000, 8_000)
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
  })

  test('audio that was missed and comes too late is counted, and not spliced in', () => {
    const call = live()
    media(call, 5_000, 6_000, ['alice'])
    end(call, 6_000)
    silence(call, 2_000)
    const before = segments(call, 'alice').length
    media(call, 5_000, 6_000, ['bob'])
    expect(counted(call.latest)).toEqual(['late-audio: 1000'])
    expect(segments(call, 'alice')).toHaveLength(before)
  })

  test('anything else is refused', () => {
    const call = over()
    hangUp(call, 'alice', 5_000)
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
    join(call, 'carol', 5_000)
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
    end(call, 9_000)
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
    expect(markKinds(call, 'alice')).toEqual(['started', 'ended'])
  })
})
