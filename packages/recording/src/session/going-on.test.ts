import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, given, hangUp, headOf, join, media, press, promptFinished, run, silence, talk, type Call } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { effectsOf, ledger, segments, told } from './testing/seen.ts'

const ALWAYS: SettingsInput = { mode: 'always' }
const streamsOf = (call: Call): unknown => segments(call, 'alice').at(-1)

describe('a call that was thought to be over and goes on', () => {
  test('is heard from both ends again', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 5_000)
    silence(call, 120_000)
    media(call, 130_000, 132_000)
    end(call, 132_000)
    expect(streamsOf(call)).toMatchObject({ fromMs: 130_000, near: [{ streamId: 'alice-audio' }], far: [{ streamId: 'bob-audio' }], losses: [] })
  })

  test('begins where the first of its new audio does', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 5_000)
    silence(call, 120_000)
    call.send({ ...headOf(call), type: 'media', runs: [run('bob', 130_500, 131_000), run('alice', 130_000, 131_000)] })
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ atMs: 130_000 }])
  })

  test('misses nobody who left in the meantime', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 5_000)
    silence(call, 120_000)
    hangUp(call, 'bob', 125_000)
    media(call, 130_000, 132_000, ['alice'])
    end(call, 132_000)
    expect(streamsOf(call)).toMatchObject({ fromMs: 130_000, far: [], losses: [] })
  })

  test('hears a stream of several people while one of them is there', () => {
    const call = given({ settings: { alice: ALWAYS }, participants: [participant('alice'), participant('bob')] })
    answer(call, undefined, [streamOf('alice'), { ...streamOf('bob'), participantIds: ['bob', 'carol'] }])
    join(call, 'carol', 0)
    talk(call, 5_000)
    silence(call, 120_000)
    hangUp(call, 'bob', 125_000)
    media(call, 130_000, 132_000, ['alice', 'bob', 'carol'])
    end(call, 132_000)
    expect(streamsOf(call)).toMatchObject({ fromMs: 130_000, far: expect.arrayContaining([expect.objectContaining({ streamId: 'bob-audio' })]) })
  })

  test('knows its streams as they are, not as they were', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }), undefined, [streamOf('alice', { codec: 'L16', sampleRateHz: 16_000 }), streamOf('bob')])
    call.tell('stream.changed', { stream: streamOf('alice'), atMs: 0 })
    silence(call, 120_000)
    media(call, 130_000, 132_000)
    end(call, 132_000)
    expect(streamsOf(call)).toMatchObject({ format: { codec: 'PCMU', sampleRateHz: 8_000 } })
  })

  test('does not record an owner who had left before', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS, bob: ALWAYS } })), 5_000)
    hangUp(call, 'alice', 5_000)
    silence(call, 120_000)
    media(call, 130_000, 131_000, ['bob'])
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ ownerId: 'bob' }])
  })

  test('does not record an owner whose announcement had failed', () => {
    const call = answer(given({ settings: { alice: { ...ALWAYS, startStopAnnouncement: { internal: true, pstn: true } } } }))
    promptFinished(call, 'recording-started', 'failed')
    talk(call, 5_000)
    silence(call, 120_000)
    media(call, 130_000, 131_000)
    expect(effectsOf(call, 'recording.started')).toEqual([])
    expect(ledger(call, 'alice')).toMatchObject({ outcome: 'failed' })
  })
})

test('somebody who comes back with the stream they had is heard again', () => {
  const call = talk(answer(given({ settings: { alice: ALWAYS } })), 3_000)
  hangUp(call, 'bob', 3_000)
  media(call, 3_000, 4_000, ['alice'])
  join(call, 'bob', 4_000)
  media(call, 4_000, 5_000)
  end(call, 5_000)
  expect(streamsOf(call)).toMatchObject({ far: [{ trackId: 'bob-audio#0', toMs: 3_000 }, { trackId: 'bob-audio#1' }], losses: [] })
})

test('a platform that ends a call nobody answered hears no more of it', () => {
  const call = given({ settings: { alice: ALWAYS } })
  end(call, 5_000)
  expect(call.latest.effects).toEqual([{ kind: 'call.closed', atMs: 0 }])
  expect(call.state?.phase).toBe('closed')
  expect(told(call)).toEqual([])
})

test('a call ends when it is said to, though the media clock had gone on', () => {
  const call = talk(answer(given({ settings: { alice: ALWAYS } })), 5_000)
  media(call, 20_000, 20_000)
  end(call, 6_000)
  silence(call, 2_000)
  expect(effectsOf(call, 'call.closed')).toEqual([{ kind: 'call.closed', atMs: 6_000 }])
})

test('a start that was taken back at once was a start', () => {
  const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 5_000)
  press(call, 'alice', 'start')
  press(call, 'alice', 'stop')
  end(call, 6_000)
  silence(call, 2_000)
  expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason: 'nothing-captured' })
})
