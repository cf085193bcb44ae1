import type { CallEvent } from '@twinreel/contracts/messages'
import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { fold } from './fold.ts'
import { participantsToResolve } from './people.ts'
import { answer, end, gate, given, hangUp, headOf, join, media, press, silence, talk, TIME_ZERO_MS, type Call } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { captured, counted, deadLetters, effectsOf, endings, segments, told } from './testing/seen.ts'

const ALWAYS: SettingsInput = { mode: 'always-pause-resume' }
const ringing = (): Call => given({ settings: { alice: ALWAYS } })
const live = (): Call => talk(answer(ringing()), 5_000)

describe('messages that make no sense where the call stands', () => {
  test('of a call that never started', () => {
    const folded = fold(
      null,
      { callId: 'call-1', id: 'e1', source: '/platform', timeMs: null, awaits: true, type: 'call.ended', data: { finalSamples: [] } },
      {},
    )
    expect(folded.state).toBeNull()
    expect(deadLetters(folded)).toEqual(['call-not-started'])
    expect(told(folded), 'whoever waits is answered all the same').toEqual(['handled e1'])
  })

  test.each<[string, string, (call: Call) => unknown]>([
    ['audio', 'call-not-answered', (call) => media(call, 0, 1_000)],
    ['a stream', 'call-not-answered', (call) => call.tell('stream.added', { stream: streamOf('alice') })],
    [
      'a second start',
      'conflict',
      (call) =>
        call.tell('call.started', {
          orgId: 'acme',
          callId: 'call-1',
          redirections: [],
          participants: [participant('bob')],
          capabilities: { prompts: 'none', gate: false, indicator: false },
        }),
    ],
    ['a stranger’s leaving', 'unknown-participant', (call) => hangUp(call, 'mallory', 0)],
    ['a stranger’s hold', 'unknown-participant', (call) => call.tell('call.held', { participantId: 'mallory' })],
    ['a stranger’s retrieving', 'unknown-participant', (call) => call.tell('call.retrieved', { participantId: 'mallory' })],
  ])('before the answer: %s is refused as %s', (_, reason, happen) => {
    const call = ringing()
    const before = call.state
    happen(call)
    expect(deadLetters(call.latest)).toEqual([reason])
    expect({ ...call.state, seen: before?.seen, last: before?.last }).toEqual(before)
  })

  test.each<[string, string, (call: Call) => unknown]>([
    ['a second answer', 'conflict', (call) => answer(call)],
    [
      'a second start',
      'conflict',
      (call) =>
        call.tell('call.started', {
          orgId: 'acme',
          callId: 'call-1',
          redirections: [],
          participants: [participant('bob')],
          capabilities: { prompts: 'none', gate: false, indicator: false },
        }),
    ],
    ['an event of next week', 'invalid-data', (call) => hangUp(call, 'alice', 500_000_000)],
    [
      'an event whose sender’s clock is of next week',
      'invalid-data',
      (call) => call.tell('participant.left', { participantId: 'alice' }, { timeMs: TIME_ZERO_MS + 500_000_000 }),
    ],
  ])('after it: %s is refused as %s', (_, reason, happen) => {
    const call = live()
    const before = call.state
    happen(call)
    expect(deadLetters(call.latest)).toEqual([reason])
    expect({ ...call.state, seen: before?.seen, last: before?.last }).toEqual(before)
  })

  test('more participants and more streams than any call has', () => {
    const call = live()
    for (let i = 0; i < 1_030; i++) {
      join(call, `guest-${i}`, 5_000)
      call.tell('stream.added', { stream: streamOf(`extra-${i}`), atMs: 5_000 })
    }
    expect(deadLetters(call).every((reason) => reason === 'too-large')).toBe(true)
    expect(new Set(effectsOf(call, 'dead-letter').map(({ detail }) => detail))).toEqual(
      new Set(['more than 1024 participants in one call', 'more than 1024 streams in one call']),
    )
    expect(Object.keys(call.state?.participants ?? {})).toHaveLength(1_024)
    expect(Object.keys(call.state?.streams ?? {})).toHaveLength(1_024)
    hangUp(call, 'guest-1', 5_000)
    join(call, 'guest-1', 5_000)
    expect(deadLetters(call.latest), 'who was in the call may come back').toEqual([])
  })

  test('what belongs before the answer is taken there', () => {
    const call = ringing()
    join(call, 'carol', 500_000)
    call.tell('call.held', { participantId: 'alice' })
    gate(call, 'closed', 0, 1)
    end(talk(answer(call), 2_000), 2_000)
    expect(deadLetters(call)).toEqual([])
    expect(captured(call, 'alice')).toEqual([[0, 2_000]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { heldMs: 2_000, lostMs: 0 } }])
    expect(segments(call, 'alice')).toMatchObject([{ far: [{ streamId: 'bob-audio' }] }])
  })
})

describe('the same message twice', () => {
  test('is counted, changes nothing, and is no dead letter, whatever it says', () => {
    const call = live()
    hangUp(call, 'bob', 5_000)
    press(call, 'alice', 'pause')
    hangUp(call, 'mallory', 5_000)
    for (const event of call.events.filter((one) => one.type !== 'media')) {
      const before = call.state
      call.send(event)
      expect(counted(call.latest)).toEqual(['duplicate-event: 1'])
      expect(call.latest.effects).toHaveLength(1)
      expect({ ...call.state, last: before?.last }).toEqual(before)
    }
  })

  test('is known for as long as 256 others, and the state grows no further', () => {
    const call = live()
    const first = press(call, 'alice', 'start')
    expect(told(first)).toHaveLength(1)
    for (let i = 0; i < 400; i++) press(call, 'alice', 'start')
    expect(call.state?.seen).toHaveLength(256)
    expect(new Set(effectsOf(call, 'command').map(({ id }) => id)).size, 'each answer has an id of its own').toBe(401)
  })

  test('is known as such though a flood of other messages came after the end', () => {
    const call = live()
    const answered = call.events.find(({ type }) => type === 'call.answered')
    if (answered === undefined) throw new Error('the call was answered')
    end(call, 5_000)
    for (let i = 0; i < 300; i++) hangUp(call, 'bob', 5_000)
    call.send(answered)
    expect(counted(call.latest)).toEqual(['duplicate-event: 1'])
  })

  test('from another source is another message', () => {
    const call = live()
    call.tell('control.pause', { userId: 'alice', via: 'api' }, { id: 'x', source: '/a' })
    call.tell('control.resume', { userId: 'alice', via: 'api' }, { id: 'x', source: '/b' })
    expect(counted(call)).toEqual([])
  })

  test('a message that is awaited is answered each time, after what it caused', () => {
    const call = live()
    for (let i = 0; i < 2; i++) call.tell('control.start', { userId: 'alice', via: 'api' }, { id: 'x', awaits: true })
    expect(told(call)).toEqual(['reject start: not-allowed-in-mode', 'handled x', 'handled x'])
    call.tell('timer.due', { atMs: 0, after: { source: 'nobody', id: 'nothing' } }, { id: 't', awaits: true })
    expect(told(call.latest)).toEqual(['handled t'])
  })
})

describe('where on the time axis an event is', () => {
  test('where it says; else as long after the answer as its sender’s clock says; else where the audio is', () => {
    const leftAt = (atMs: number | undefined, timeMs: number | null): unknown => {
      const call = live()
      call.tell('participant.left', { participantId: 'bob', ...(atMs === undefined ? {} : { atMs }) }, { timeMs })
      return call.state?.participants['bob']?.leftMs
    }
    expect(leftAt(4_000, TIME_ZERO_MS + 4_500)).toBe(4_000)
    expect(leftAt(undefined, TIME_ZERO_MS + 4_500)).toBe(4_500)
    expect(leftAt(undefined, TIME_ZERO_MS - 4_500)).toBe(0)
    expect(leftAt(undefined, null)).toBe(5_000)
  })

  test('an unknown field of an event that has no place there is ignored', () => {
    const call = ringing()
    call.send({
      ...headOf(call, { timeMs: TIME_ZERO_MS }),
      type: 'call.answered',
      data: { by: { kind: 'participant', participantId: 'bob' }, streams: [], atMs: 1e300 },
    })
    expect(deadLetters(call)).toEqual([])
    expect(call.state).toMatchObject({ phase: 'answered', clockMs: 0 })
  })
})

describe('whose policies a message needs', () => {
  test('those of everybody in the call at the answer, and of whoever joins it', () => {
    const call = ringing()
    const {
      events: [started],
    } = call
    if (started === undefined) throw new Error('the call has started')
    expect(participantsToResolve(null, started)).toEqual([])
    const answeredBy = (kind: 'participant' | 'voicemail'): CallEvent => ({
      ...headOf(call),
      type: 'call.answered',
      data: { by: { kind, participantId: 'bob' }, streams: [] },
    })
    expect(participantsToResolve(null, answeredBy('participant'))).toEqual([])
    for (const kind of ['participant', 'voicemail'] as const)
      expect(participantsToResolve(call.state, answeredBy(kind)).map((who) => who.participantId)).toEqual(['alice', 'bob'])
    const joined: CallEvent = { ...headOf(call), type: 'participant.joined', data: { participant: participant('carol'), streams: [] } }
    expect(participantsToResolve(call.state, joined)).toEqual([])
    const carol = [{ participantId: 'carol', role: 'terminating', userId: 'carol' }]
    expect(participantsToResolve(answer(call).state, joined)).toEqual(carol)
    expect(participantsToResolve(call.state, call.events.at(-1) ?? joined), 'an answer is given once').toEqual([])
    silence(call, 120_000)
    expect(participantsToResolve(call.state, joined), 'a silent call goes on with it').toEqual(carol)
    end(call, 0)
    expect(participantsToResolve(call.state, joined)).toEqual([])
  })
})
