import { describe, expect, test } from 'vitest'
import { answer, end, given, hangUp, headOf, join, media, press, run, silence, talk, TIME_ZERO_MS, type Call } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { counted, deadLetters, effectsOf, told } from './testing/seen.ts'

const FOUR_HOURS_MS = 4 * 3_600_000
const ringing = (): Call => given({ settings: { alice: { mode: 'always-pause-resume' } } })
const live = (): Call => talk(answer(ringing()), 5_000)
const over = (): Call => {
  const call = live()
  end(call, 5_000)
  return call
}
const waiting = (): Call => {
  const call = live()
  end(call, 6_000)
  return call
}
const silent = (): Call => {
  const call = live()
  silence(call, 120_000)
  return call
}
const held = (call: Call, participantId: string, atMs?: number) => call.tell('call.held', { participantId, ...(atMs === undefined ? {} : { atMs }) })

describe('a message that is not taken says what was wrong with it', () => {
  test.each<[string, string, string, () => Call, (call: Call) => unknown]>([
    ['a second start', 'conflict', 'the call has started already', live, startAgain],
    ['a second answer', 'conflict', 'the call has been answered already', live, answer],
    ['a second answer of a silent call', 'conflict', 'the call has been answered already', silent, answer],
    ['an answer after the end', 'conflict', 'the call has been answered already', over, answer],
    ['audio before the answer', 'call-not-answered', 'media before the answer', ringing, (call) => media(call, 0, 1_000)],
    ['a stream before the answer', 'call-not-answered', 'stream.added before the answer', ringing, (call) => addStream(call)],
    ['leaving after the end', 'call-ended', 'participant.left after the end of the call', over, (call) => hangUp(call, 'bob', 5_000)],
    ['leaving while the last audio is waited for', 'call-ended', 'participant.left after the end of the call', waiting, (call) => hangUp(call, 'bob', 6_000)],
    ['a stream after the end', 'call-ended', 'stream.added after the end of the call', over, (call) => addStream(call)],
    ['new audio after the end', 'call-ended', 'media after the end of the call', over, (call) => media(call, 7_000, 8_000)],
    ['a stranger’s hold', 'unknown-participant', 'call.held of somebody who is not in the call', live, (call) => held(call, 'mallory')],
    ['a hold five hours ahead', 'invalid-data', 'atMs: more than four hours ahead of the call’s clock', live, (call) => held(call, 'bob', 18_005_000)],
  ])('%s: %s, %s', (_, reason, detail, make, happen) => {
    const call = make()
    happen(call)
    expect(call.latest.effects).toEqual([{ kind: 'dead-letter', reason, detail }])
  })

  test('one beyond the longest call', () => {
    const call = live()
    const lastMs = 167 * 3_600_000
    for (let atMs = 3 * 3_600_000; atMs < lastMs; atMs += 3 * 3_600_000) held(call, 'bob', atMs)
    held(call, 'bob', lastMs)
    expect(deadLetters(call)).toEqual([])
    held(call, 'bob', lastMs + 1)
    expect(effectsOf(call.latest, 'dead-letter')).toMatchObject([{ detail: 'atMs: 601200001, a call has 601200000 ms at most' }])
  })
})

describe('what is taken though it comes at an odd moment', () => {
  test('an event four hours ahead, and not a millisecond more', () => {
    const call = live()
    held(call, 'bob', 5_000 + FOUR_HOURS_MS + 1)
    expect(deadLetters(call)).toEqual(['invalid-data'])
    held(call, 'bob', 5_000 + FOUR_HOURS_MS)
    expect(deadLetters(call.latest)).toEqual([])
  })

  test('everything of a silent call', () => {
    for (const happen of [
      addStream,
      (call: Call) => held(call, 'bob'),
      (call: Call) => join(call, 'carol', 130_000),
      (call: Call) => hangUp(call, 'bob', 5_000),
    ]) {
      const call = silent()
      happen(call)
      expect(deadLetters(call)).toEqual([])
    }
  })

  test('audio that is still waited for', () => {
    const call = waiting()
    media(call, 5_000, 6_000)
    expect(deadLetters(call)).toEqual([])
    expect(call.state?.phase).toBe('closed')
  })

  test('a repeat of audio after the end, up to the last sample; in one message with anything else it is refused', () => {
    const call = over()
    media(call, 4_000, 5_000)
    expect(counted(call.latest)).toEqual(['duplicate-audio: 1000', 'duplicate-audio: 1000'])
    media(call, 4_000, 5_001)
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
    media(call, 4_000, 5_000, ['alice', 'nobody'])
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
    call.send({ ...headOf(call), type: 'media', runs: [run('alice', 4_000, 5_000), run('bob', 4_000, 6_000)] })
    expect(deadLetters(call.latest)).toEqual(['call-ended'])
  })

  test('a key that is pressed after the end, or says a time far ahead: it is answered', () => {
    const call = over()
    expect(told(press(call, 'alice', 'pause', 500_000_000))).toEqual(['reject pause: call-ended'])
    expect(deadLetters(call)).toEqual([])
    const early = ringing()
    expect(told(press(early, 'alice', 'pause'))).toEqual(['reject pause: call-not-answered'])
  })
})

describe('a message that says no call time', () => {
  test('and was sent by a clock far ahead is refused once the call is answered, and taken before', () => {
    const leave = (call: Call) => call.tell('participant.left', { participantId: 'bob' }, { timeMs: TIME_ZERO_MS + 500_000_000 })
    expect(deadLetters(leave(live()))).toEqual(['invalid-data'])
    expect(deadLetters(leave(ringing()))).toEqual([])
  })
})

function startAgain(call: Call): void {
  call.tell('call.started', {
    orgId: 'acme',
    callId: 'call-1',
    redirections: [],
    participants: [participant('bob')],
    capabilities: { prompts: 'none', gate: false, indicator: false },
  })
}

function addStream(call: Call): void {
  call.tell('stream.added', { stream: streamOf('carol') })
}
