import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, given, headOf, media, press, run, talk, type Call } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { counted, deadLetters, effectsOf, segments } from './testing/seen.ts'

const ALWAYS: SettingsInput = { mode: 'always' }
const live = (untilMs = 5_000): Call => talk(answer(given({ settings: { alice: ALWAYS } })), untilMs)
const details = (call: Call): string[] => effectsOf(call.latest, 'dead-letter').map(({ detail }) => detail)

describe('audio that can’t be taken is told', () => {
  test('of an unknown stream', () => {
    const call = live()
    media(call, 5_000, 6_000, ['nobody'])
    expect(details(call)).toEqual(['run 0: no stream of this call has that id'])
  })

  test('when its bytes are not its samples', () => {
    const call = live()
    call.send({ ...headOf(call), type: 'media', runs: [run('bob', 5_000, 6_000), { ...run('alice', 5_000, 6_000), bytes: new Uint8Array(1) }] })
    expect(details(call)).toEqual(['run 1: 1 bytes for 8000 samples of PCMU, expected 8000'])
  })

  test('when it is crumbled, but not when it fills a gap or goes on', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }))
    const crumb = (offset: number) => ({ streamId: 'alice-audio', offset, sampleCount: 1, bytes: new Uint8Array(1) })
    for (let first = 0; first < 8_192; first += 1_024) {
      call.send({ ...headOf(call), type: 'media', runs: Array.from({ length: 1_024 }, (_, i) => crumb(2 * (first + i))) })
    }
    call.send({ ...headOf(call), type: 'media', runs: [crumb(16_383)] })
    expect(details(call)).toEqual([])
    call.send({ ...headOf(call), type: 'media', runs: [crumb(16_400)] })
    expect(details(call)).toEqual(['run 0: at 2050 ms, more than 8192 gaps in unsealed audio'])
  })
})

test('a call has 1,024 streams at most, and is told when there are more', () => {
  const call = live()
  for (let i = 2; i < 1_024; i++) call.tell('stream.added', { stream: { ...streamOf('bob'), streamId: `s${i}` }, atMs: 5_000 })
  expect(deadLetters(call)).toEqual([])
  call.tell('stream.added', { stream: { ...streamOf('bob'), streamId: 'one more' }, atMs: 5_000 })
  expect(effectsOf(call.latest, 'dead-letter')).toMatchObject([{ reason: 'too-large', detail: 'more than 1024 streams in one call' }])
  call.tell('stream.changed', { stream: streamOf('bob', { codec: 'PCMA', sampleRateHz: 8_000 }), atMs: 5_000 })
  expect(deadLetters(call.latest)).toEqual([])
})

test('a stream of the same two people in the same format has not changed', () => {
  const call = given({ settings: { alice: ALWAYS }, participants: [participant('alice'), participant('bob'), participant('carol')] })
  const shared = { ...streamOf('bob'), participantIds: ['bob', 'carol'] }
  answer(call, undefined, [streamOf('alice'), shared])
  call.tell('stream.changed', { stream: shared, atMs: 1_000 })
  expect(Object.keys(call.state?.tracks ?? {})).toEqual(['alice-audio#0', 'bob-audio#0'])
})

test('a stream that is told of late has no audio where all is sealed', () => {
  const call = live(63_000)
  call.tell('stream.added', { stream: streamOf('carol'), atMs: 1_000 })
  media(call, 5_000, 6_000, ['carol'])
  expect(call.latest.placed).toEqual([])
  expect(counted(call.latest)).toEqual(['duplicate-audio: 1000'])
})

test('a start that reaches back behind a change of stream hears the stream as it was, too', () => {
  const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 5_000)
  call.tell('stream.changed', { stream: { ...streamOf('bob'), participantIds: ['bob', 'carol'] }, atMs: 5_000 })
  press(talk(call, 6_000), 'alice', 'start', 4_500)
  end(call, 6_000)
  expect(segments(call, 'alice')).toMatchObject([{ fromMs: 4_500, far: [{ trackId: 'bob-audio#0', toMs: 5_000 }, { trackId: 'bob-audio#1' }], losses: [] }])
})

test('a stream counts from when it was there, even if audio of it is older', () => {
  const call = live(5_000)
  call.tell('stream.added', { stream: streamOf('carol'), atMs: 5_400 })
  media(call, 5_000, 6_000, ['alice', 'bob', 'carol'])
  end(call, 6_000)
  expect(segments(call, 'alice')).toMatchObject([
    {
      far: [
        { streamId: 'bob-audio', fromMs: 0 },
        { streamId: 'carol-audio', fromMs: 5_400 },
      ],
      losses: [],
    },
  ])
})

test('of what is missing behind a seal the last 64 gaps are remembered', () => {
  const call = answer(given({ settings: { alice: ALWAYS } }))
  for (let i = 0; i < 100; i++) media(call, 200 * i, 200 * i + 100)
  talk(call, 63_000)
  expect(call.state?.tracks['alice-audio#0']?.gaps).toHaveLength(64)
  media(call, 19_700, 19_800, ['alice'])
  expect(counted(call.latest)).toEqual(['late-audio: 100'])
  media(call, 100, 200, ['alice'])
  expect(counted(call.latest)).toEqual(['duplicate-audio: 100'])
})
