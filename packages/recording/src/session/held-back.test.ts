import { describe, expect, test } from 'vitest'
import { answer, end, given, headOf, media, press, run, silence, talk, type Call } from './testing/call.ts'
import { captured, counted, deadLetters, effectsOf, endings } from './testing/seen.ts'

const live = (): Call => talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } } })), 5_000)
const BEHIND_MS = 60_000
/** A call of which nothing was heard for 60 s, and then one second. */
const waiting = (speakers?: readonly string[]): Call => {
  const call = live()
  media(call, 5_000 + BEHIND_MS, 6_000 + BEHIND_MS, speakers)
  expect(call.latest).toMatchObject({ effects: [], placed: [] })
  return call
}
/** Nothing that is missing comes any more. */
const hangUp = (call: Call, atMs: number): void => {
  end(call, atMs)
  silence(call, 2_000)
}
const lostMs = (call: Call): number | undefined => endings(call, 'alice')[0]?.totals.lostMs

describe('audio that lies more than 30 s ahead is kept', () => {
  test.each<[string, (call: Call) => unknown, number]>([
    ['when the next audio goes on from it', (call) => media(call, 66_000, 67_000), 67_000],
    ['when an event of the call is at that time', (call) => call.tell('call.retrieved', { participantId: 'bob', atMs: 65_500 }), 66_000],
    ['when an event of the call comes within 30 s of it', (call) => call.tell('call.retrieved', { participantId: 'bob', atMs: 35_000 }), 66_000],
    ['when a key is pressed at that time', (call) => press(call, 'alice', 'resume', 65_000), 66_000],
    ['when a key is pressed soon after it', (call) => press(call, 'alice', 'resume', 96_000), 66_000],
    ['when nothing else comes until the idle end', (call) => silence(call, 120_000), 66_000],
  ])('%s', (_, shows, clockMs) => {
    const call = waiting()
    shows(call)
    expect(call.latest.placed.filter(({ heldBack }) => heldBack !== undefined)).toHaveLength(2)
    expect(call.state).toMatchObject({ clockMs, heldBack: [] })
    if (call.state?.phase === 'answered') hangUp(talk(call, 68_000), 68_000)
    expect(deadLetters(call)).toEqual([])
    expect(lostMs(call)).toBe(2 * BEHIND_MS)
  })

  test.each([
    ['is dated at its end', 66_000],
    ['is dated a minute earlier, and declares its samples', 6_000],
  ])('when the end of the call %s', (_, atMs) => {
    const call = waiting()
    call.tell('call.ended', { atMs, finalSamples: ['alice', 'bob'].map((name) => ({ streamId: `${name}-audio`, sampleOffset: 66_000 * 8 })) })
    expect(call.latest.placed).toHaveLength(2)
    silence(call, 2_000)
    expect(deadLetters(call)).toEqual([])
    expect(captured(call, 'alice')).toEqual([[0, 66_000]])
    expect(lostMs(call)).toBe(2 * BEHIND_MS)
  })

  test('when every stream comes in messages of its own', () => {
    const call = waiting(['alice'])
    media(call, 65_000, 66_000, ['bob'])
    media(call, 66_000, 67_000, ['alice'])
    expect(call.latest.placed.map(({ trackId }) => trackId)).toEqual(['alice-audio#0', 'bob-audio#0', 'alice-audio#0'])
    expect(deadLetters(call)).toEqual([])
  })

  test('when old audio is repeated, or fills a gap, before it goes on', () => {
    const call = live()
    media(call, 6_000, 7_000)
    media(call, 65_000, 66_000)
    media(call, 4_000, 5_000)
    media(call, 5_000, 6_000)
    media(call, 66_000, 67_000)
    expect(deadLetters(call)).toEqual([])
    expect(call.state?.clockMs).toBe(67_000)
  })

  test('once, however often it comes', () => {
    const call = waiting()
    media(call, 65_000, 66_000)
    expect(counted(call)).toEqual(['duplicate-audio: 1000', 'duplicate-audio: 1000'])
    media(call, 66_000, 67_000)
    expect(call.latest.placed).toHaveLength(4)
    expect(deadLetters(call)).toEqual([])
  })

  test('after a key woke a call that was silent', () => {
    const call = live()
    silence(call, 120_000)
    press(call, 'alice', 'pause', 50_000)
    press(call, 'alice', 'resume', 50_000)
    media(call, 200_000, 201_000)
    media(call, 201_000, 202_000)
    hangUp(call, 202_000)
    expect(deadLetters(call)).toEqual([])
    expect(captured(call, 'alice').at(-1)?.[1]).toBe(202_000)
    expect(endings(call, 'alice')[1]?.totals.lostMs).toBe(2 * 195_000)
  })
})

describe('audio that lies more than 30 s ahead is refused, under its own number,', () => {
  test.each<[string, (call: Call) => unknown]>([
    ['when the call goes on from nearer', (call) => media(call, 5_000, 6_000)],
    ['when the clock of a stream does', (call) => media(call, 5_500, 5_500)],
    ['when the call ends earlier', (call) => end(call, 6_000)],
    ['when the next lies far from it', (call) => media(call, 200_000, 201_000)],
  ])('%s', (_, shows) => {
    const call = waiting()
    const number = call.state?.heldBack[0]?.number
    shows(call)
    expect(effectsOf(call.latest, 'dead-letter')).toEqual([
      { kind: 'dead-letter', reason: 'invalid-media', detail: "run 0: starts at 65000 ms, 60000 ms ahead of the call's clock", heldBack: number },
    ])
  })

  test.each<[string, (call: Call) => unknown]>([
    ['a key at another time', (call) => press(call, 'alice', 'pause', 64_999)],
    ['a key long after it', (call) => press(call, 'alice', 'pause', 96_001)],
    ['a key without a time', (call) => press(call, 'alice', 'pause')],
    ['an event more than 30 s before it', (call) => call.tell('call.held', { participantId: 'bob', atMs: 34_999 })],
    ['a timer before the idle end', (call) => silence(call, 119_999)],
  ])('and not because of %s', (_, happens) => {
    const call = waiting()
    happens(call)
    expect(call.state?.heldBack).toHaveLength(1)
    expect(deadLetters(call)).toEqual([])
  })
})

test('of a message that is held back in part and refused in part there is one dead letter', () => {
  const call = live()
  call.send({ ...headOf(call), type: 'media', runs: [run('alice', 65_000, 66_000), run('nobody', 65_000, 66_000)] })
  expect(deadLetters(call.latest)).toEqual(['unknown-stream'])
  media(call, 5_000, 6_000)
  expect(deadLetters(call)).toEqual(['unknown-stream'])
})

test('of messages that contradict nothing 64 are held back, and more are refused at once', () => {
  const call = live()
  for (let i = 0; i < 64; i += 1) media(call, 65_000 + i, 66_000)
  expect(call.state?.heldBack).toHaveLength(1)
  for (let i = 1; i < 65; i += 1) media(call, 65_000 - i, 66_000)
  expect(call.state?.heldBack).toHaveLength(64)
  expect(deadLetters(call)).toEqual(['invalid-media'])
  expect(deadLetters(call.latest)).toEqual(['invalid-media'])
})

test('audio far ahead that comes when the call has ended is refused at once', () => {
  const call = live()
  end(call, 6_000)
  media(call, 65_000, 66_000)
  expect(deadLetters(call.latest)).toEqual(['invalid-media'])
})
