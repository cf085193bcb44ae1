import { describe, expect, test } from 'vitest'
import { TIME_ZERO_MS, answer, end, given, headOf, media, press, run, silence, talk, type Call } from './testing/call.ts'
import { captured, counted, deadLetters, effectsOf, endings, segments } from './testing/seen.ts'

const HOUR_MS = 3_600_000
const live = (): Call => talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } } })), 5_000)

describe('given a call whose audio has come to 5 s', () => {
  test.each([
    ['31 s', 36_000],
    ['three hours', 3 * HOUR_MS],
    ['five hours', 5 * HOUR_MS],
  ])('when one message lies %s ahead, then it alone is refused and all audio after it is recorded', (_, fromMs) => {
    const call = live()
    media(call, fromMs, fromMs + 1_000)
    expect(deadLetters(call.latest)).toEqual(['invalid-media'])
    expect(segments(call, 'alice')).toEqual([])
    end(talk(call, 90_000), 90_000)
    expect(deadLetters(call)).toEqual(['invalid-media'])
    expect(counted(call)).toEqual([])
    expect(captured(call, 'alice')).toEqual([[0, 90_000]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 90_000, lostMs: 0 } }])
  })

  test('when audio lies far ahead and its publisher’s clock says the same, then an outage has cost nothing but itself', () => {
    const call = live()
    media(call, 65_000, 66_000, ['alice', 'bob'], 66_200)
    end(talk(call, 90_000), 90_000)
    talk(call, 92_001)
    expect(deadLetters(call)).toEqual([])
    expect(segments(call, 'alice').length).toBeGreaterThan(0)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 90_000, lostMs: 2 * 60_000 } }])
  })

  test('when streams come in messages of their own after an outage, then all of each is taken', () => {
    const call = live()
    for (let at = 65_000; at < 70_000; at += 1_000) {
      media(call, at, at + 1_000, ['alice'], at + 1_000)
      media(call, at + 10, at + 1_010, ['bob'], at + 1_010)
    }
    expect(deadLetters(call)).toEqual([])
    expect(call.state?.clockMs).toBe(70_010)
  })

  test('when one stream of a message lies at a wrong offset, then the other one is taken', () => {
    const call = live()
    const runs = [run('alice', 65_000, 66_000), run('bob', 5_065_000, 5_066_000)]
    call.send({ ...headOf(call, { timeMs: TIME_ZERO_MS + 66_000 }), type: 'media', runs })
    expect(deadLetters(call)).toEqual(['invalid-media'])
    expect(call.state?.clockMs).toBe(66_000)
  })

  test.each([
    ['later', 200_000],
    ['earlier', 20_000],
  ])('when audio lies far ahead and its publisher’s clock says that it was made %s, then it is refused', (_, madeMs) => {
    const call = live()
    media(call, 65_000, 66_000, ['alice', 'bob'], madeMs)
    expect(deadLetters(call)).toEqual(['invalid-media'])
    expect(call.state?.clockMs).toBe(5_000)
  })

  test('when a pause is on while an outage ends, then what is said until the resume is in no recording', () => {
    const call = live()
    press(call, 'alice', 'pause')
    media(call, 65_000, 66_000, ['alice', 'bob'], 66_000)
    press(call, 'alice', 'resume')
    end(talk(call, 70_000), 70_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [66_000, 70_000],
    ])
  })

  test('when audio begins 30 s ahead, then it is taken: so long may a gap be', () => {
    const call = live()
    media(call, 35_000, 36_000)
    expect(deadLetters(call)).toEqual([])
    expect(call.state?.clockMs).toBe(36_000)
  })

  test.each([
    [65_000, "run 0: starts at 65000 ms, 60000 ms ahead of the call's clock"],
    [5 * HOUR_MS, "run 0: ends at 18001000 ms, more than four hours ahead of the call's clock"],
    [170 * HOUR_MS, 'run 0: ends at 612001000 ms, a call has 601200000 ms at most'],
  ])('when audio that lies at %i ms is refused, then it is told why', (fromMs, detail) => {
    const call = live()
    media(call, fromMs, fromMs + 1_000)
    expect(effectsOf(call, 'dead-letter')).toEqual([{ kind: 'dead-letter', reason: 'invalid-media', detail }])
  })

  test('when its publisher was down for nearly four hours, then it goes on up to the last millisecond of them', () => {
    const call = live()
    media(call, 4 * HOUR_MS + 3_000, 4 * HOUR_MS + 4_000)
    media(call, 4 * HOUR_MS + 4_000, 4 * HOUR_MS + 5_000)
    expect(call.state?.clockMs).toBe(4 * HOUR_MS + 5_000)
  })

  test('when messages go on from each other more than four hours ahead, then every one is refused', () => {
    const call = live()
    for (let at = 4 * HOUR_MS + 5_000; at < 4 * HOUR_MS + 9_000; at += 1_000) media(call, at, at + 1_000)
    expect(deadLetters(call)).toHaveLength(4)
    expect(call.state?.clockMs).toBe(5_000)
  })

  test('when the publisher was down for five minutes, then one batch is refused, and it goes on', () => {
    const call = live()
    for (let at = 305_000; at < 320_000; at += 1_000) media(call, at, at + 1_000)
    expect(deadLetters(call)).toEqual(['invalid-media'])
    end(call, 320_000)
    silence(call, 2_000)
    expect(captured(call, 'alice')).toEqual([[0, 320_000]])
    expect(
      segments(call, 'alice').flatMap(({ losses }) => losses.filter(({ channel }) => channel === 'near').map(({ fromMs, toMs }) => [fromMs, toMs])),
    ).toEqual([
      [5_000, 60_000],
      [60_000, 120_000],
      [120_000, 180_000],
      [180_000, 240_000],
      [240_000, 300_000],
      [300_000, 306_000],
    ])
  })

  test('when only one of the streams goes on after it, then that is enough for all', () => {
    const call = live()
    media(call, 305_000, 306_000)
    call.send({ ...headOf(call), type: 'media', runs: [run('bob', 305_980, 306_980), run('alice', 306_000, 307_000)] })
    expect(call.latest.placed).toHaveLength(2)
  })

  test.each([
    ['audio', 305_000, 306_000],
    ['media of no samples', 305_000, 305_000],
  ])('when %s far ahead is only repeated, then it stays refused', (_, fromMs, toMs) => {
    const call = live()
    for (let times = 0; times < 3; times += 1) media(call, fromMs, toMs)
    expect(deadLetters(call)).toEqual(['invalid-media', 'invalid-media', 'invalid-media'])
    expect(call.state?.clockMs).toBe(5_000)
  })

  test('when media of no samples goes on after other such, then the clock has come there', () => {
    const call = live()
    media(call, 300_000, 300_000)
    media(call, 310_000, 310_000)
    expect(call.state?.clockMs).toBe(310_000)
  })

  test('when near audio comes in between, then what is far ahead goes on from nothing', () => {
    const call = live()
    media(call, 305_000, 306_000)
    media(call, 5_000, 6_000)
    media(call, 306_000, 307_000)
    expect(deadLetters(call.latest)).toEqual(['invalid-media'])
    expect(call.state?.clockMs).toBe(6_000)
  })

  test('when one stream alone is far ahead in every message, then it never takes the others along', () => {
    const call = live()
    for (let at = 5_000; at < 90_000; at += 1_000)
      call.send({ ...headOf(call), type: 'media', runs: [run('bob', at + HOUR_MS, at + 1_000 + HOUR_MS), run('alice', at, at + 1_000)] })
    expect(call.state?.clockMs).toBe(90_000)
  })

  test.each([
    ['goes on where the call is', 5_000],
    ['lies a little ahead', 20_000],
    ['lies as far ahead as a gap may be', 35_000],
  ])('when one stream goes on far ahead and another %s, then the first is refused and the second taken', (_, nearMs) => {
    const call = live()
    media(call, 305_000, 306_000, ['bob'])
    call.send({ ...headOf(call), type: 'media', runs: [run('bob', 306_000, 307_000), run('alice', nearMs, nearMs + 1_000)] })
    expect(call.latest.placed).toEqual([{ runIndex: 1, trackId: 'alice-audio#0' }])
    expect(call.state?.clockMs).toBe(nearMs + 1_000)
  })

  test('when what follows a refused message begins 30 s after it, then that goes on from it', () => {
    const call = live()
    media(call, 305_000, 306_000)
    media(call, 336_000, 337_000)
    expect(call.state?.clockMs).toBe(337_000)
  })

  test('when what follows a refused message begins before its end, or lies far ahead in part and before it in part, then it is refused', () => {
    for (const runs of [[run('alice', 305_500, 306_500)], [run('alice', 300_000, 301_000), run('bob', 400_000, 401_000)]]) {
      const call = live()
      media(call, 305_000, 306_000)
      call.send({ ...headOf(call), type: 'media', runs })
      expect(deadLetters(call)).toEqual(['invalid-media', 'invalid-media'])
      expect(call.state?.clockMs).toBe(5_000)
    }
  })

  test('when runs of one message go on from each other far ahead, then that shows nothing', () => {
    const call = live()
    const runs = [run('alice', 306_000, 307_000), run('alice', 305_000, 306_000)]
    for (let times = 0; times < 2; times += 1) call.send({ ...headOf(call), type: 'media', runs })
    expect(call.state?.clockMs).toBe(5_000)
  })

  test('when what follows a refused message lies far ahead of that too, then it is refused', () => {
    const call = live()
    media(call, 305_000, 306_000)
    media(call, 336_001, 337_000)
    expect(call.state?.clockMs).toBe(5_000)
    media(call, 337_000, 338_000)
    expect(call.state?.clockMs).toBe(338_000)
  })

  test('when it was silent until its idle end, then it goes on at once, wherever that is', () => {
    const call = live()
    silence(call, 120_000)
    media(call, 2 * HOUR_MS, 2 * HOUR_MS + 1_000)
    expect(deadLetters(call)).toEqual([])
    end(call, 2 * HOUR_MS + 1_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [2 * HOUR_MS, 2 * HOUR_MS + 1_000],
    ])
  })

  test.each([
    [4 * HOUR_MS + 5_000, 'answered'],
    [4 * HOUR_MS + 5_001, 'silent'],
  ])('when it was silent and audio ends at %i ms, then it is %s', (toMs, phase) => {
    const call = live()
    silence(call, 120_000)
    media(call, toMs - 1_000, toMs)
    expect(call.state?.phase).toBe(phase)
  })
})

describe('given a call of nearly seven days', () => {
  const LAST_MS = 7 * 24 * HOUR_MS - HOUR_MS
  const old = (): Call => {
    const call = live()
    for (let at = 3 * HOUR_MS; at < LAST_MS; at += 3 * HOUR_MS) call.tell('call.held', { participantId: 'bob', atMs: at })
    call.tell('call.retrieved', { participantId: 'bob', atMs: LAST_MS - 10_000 })
    return call
  }

  test('when audio or an event lies beyond its last hour, then it is refused, and what follows is too', () => {
    const call = old()
    media(call, LAST_MS - 10_000, LAST_MS)
    expect(deadLetters(call)).toEqual([])
    media(call, LAST_MS, LAST_MS + 1_000)
    media(call, LAST_MS + 1_000, LAST_MS + 2_000)
    call.tell('call.held', { participantId: 'bob', atMs: LAST_MS + 1 })
    expect(deadLetters(call)).toEqual(['invalid-media', 'invalid-media', 'invalid-data'])
    expect(call.state?.clockMs).toBe(LAST_MS)
  })

  test('when its end declares samples beyond it, then the end counts and they do not', () => {
    const call = old()
    press(call, 'alice', 'pause')
    call.tell('call.ended', { atMs: LAST_MS, finalSamples: [{ streamId: 'alice-audio', sampleOffset: (LAST_MS + 1_000) * 8 }] })
    expect(call.state?.ending?.atMs).toBe(LAST_MS)
  })
})
