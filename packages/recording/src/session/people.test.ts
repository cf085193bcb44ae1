import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, given, hangUp, join, media, press, silence, talk, TIME_ZERO_MS } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { captured, deadLetters, effectsOf, endings, ledger, marks, markKinds, segments, told } from './testing/seen.ts'

const ALWAYS: SettingsInput = { mode: 'always' }

describe('who is an owner', () => {
  test('the caller and whoever answered; others that rang are not', () => {
    const call = given({
      settings: { alice: ALWAYS, bob: ALWAYS, carol: ALWAYS },
      participants: [participant('alice'), participant('bob'), participant('carol')],
    })
    end(talk(answer(call), 2_000), 2_000)
    expect([ledger(call, 'alice'), ledger(call, 'bob'), ledger(call, 'carol')]).toEqual([{ outcome: 'recorded' }, { outcome: 'recorded' }, undefined])
    expect(endings(call, 'alice')[0]?.call.participants).toContainEqual({ participantId: 'carol', role: 'terminating', userId: null, joinedMs: 0, leftMs: 0 })
  })

  test('somebody who hung up before the answer is not', () => {
    const call = given({ settings: { alice: ALWAYS, bob: ALWAYS } })
    hangUp(call, 'alice', 0)
    end(talk(answer(call), 2_000), 2_000)
    expect([ledger(call, 'alice'), ledger(call, 'bob')]).toEqual([undefined, { outcome: 'recorded' }])
  })

  test('one who rang first and joins later is one from then on', () => {
    const call = given({ settings: { carol: ALWAYS }, participants: [participant('alice'), participant('bob'), participant('carol')] })
    join(talk(answer(call), 3_000), 'carol', 3_000)
    end(talk(call, 6_000, ['alice', 'bob', 'carol']), 6_000)
    expect(captured(call, 'carol')).toEqual([[3_000, 6_000]])
  })

  test('a call that nobody answers has no row in the ledger', () => {
    const call = given({ settings: { alice: ALWAYS, bob: ALWAYS } })
    call.tell('call.ended', { finalSamples: [] })
    expect(call.latest.effects).toEqual([{ kind: 'call.closed', atMs: 0 }])
  })

  test('a user with two ends of the call has one recording with both in the near end', () => {
    const call = given({ settings: { alice: ALWAYS }, participants: [participant('alice'), participant('bob')] })
    talk(answer(call), 2_000)
    call.tell('participant.joined', { participant: { participantId: 'desk', role: 'originating', userId: 'alice' }, streams: [streamOf('desk')], atMs: 2_000 })
    hangUp(talk(call, 4_000, ['alice', 'bob', 'desk']), 'alice', 4_000)
    end(talk(call, 6_000, ['bob', 'desk']), 6_000)
    expect(segments(call, 'alice')).toMatchObject([
      { fromMs: 0, toMs: 6_000, near: [{ streamId: 'alice-audio' }, { streamId: 'desk-audio' }], far: [{ streamId: 'bob-audio' }], losses: [] },
    ])
  })

  test('a second phone of an owner is shown the icon too', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS }, capabilities: { indicator: true } })), 2_000)
    call.tell('participant.joined', { participant: { participantId: 'desk', role: 'originating', userId: 'alice' }, streams: [], atMs: 2_000 })
    expect(effectsOf(call.latest, 'command')).toMatchObject([{ command: { data: { participantIds: ['alice', 'desk'], indicator: 'recording' } } }])
  })

  test('a second phone of an owner whose recording is not going on is shown nothing', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } }, capabilities: { indicator: true } })), 2_000)
    call.tell('participant.joined', { participant: { participantId: 'desk', role: 'originating', userId: 'alice' }, streams: [], atMs: 2_000 })
    expect(told(call)).toEqual([])
  })

  test('names that every object has are names of nobody special', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const call = given({ settings: { alice: ALWAYS }, participants: [participant('alice'), { participantId: name, role: 'terminating', userId: name }] })
      answer(call, { kind: 'participant', participantId: name }, [streamOf('alice'), streamOf(name)])
      media(call, 0, 1_000, ['alice', name])
      call.tell('call.held', { participantId: name, atMs: 1_000 })
      call.tell('call.retrieved', { participantId: name, atMs: 1_000 })
      hangUp(call, name, 1_000)
      end(call, 1_000)
      expect(deadLetters(call)).toEqual([])
      expect(segments(call, 'alice')).toMatchObject([{ losses: [], far: [{ streamId: `${name}-audio`, toMs: 1_000 }] }])
    }
  })

  test('what a platform adds to a participant’s identity does not get into the state', () => {
    const identity = { serviceProvider: 'sp', externalGroup: 'g', externalIdentifier: 'x', note: 'kept elsewhere' }
    const call = given({ settings: {}, participants: [{ ...participant('alice'), platform: identity, number: '+15550100' }] })
    expect(call.state?.participants['alice']?.participant).toEqual({
      participantId: 'alice',
      role: 'originating',
      userId: 'alice',
      platform: { serviceProvider: 'sp', externalGroup: 'g', externalIdentifier: 'x' },
    })
  })
})

describe('transfer', () => {
  test('the recording goes on while the owner stays, and the new party is heard', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 3_000)
    hangUp(call, 'bob', 3_000)
    join(call, 'carol', 4_000)
    for (let at = 3_000; at < 6_000; at += 1_000) media(call, at, at + 1_000, at < 4_000 ? ['alice'] : ['alice', 'carol'])
    end(call, 6_000)
    expect(captured(call, 'alice')).toEqual([[0, 6_000]])
    expect(segments(call, 'alice')).toMatchObject([
      {
        losses: [],
        far: [
          { streamId: 'bob-audio', toMs: 3_000 },
          { streamId: 'carol-audio', toMs: 6_000 },
        ],
      },
    ])
    expect(markKinds(call, 'alice')).toEqual(['started', 'left', 'joined', 'ended'])
  })

  test('leaving twice is leaving once', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS, bob: ALWAYS } })), 3_000)
    hangUp(call, 'bob', 3_000)
    hangUp(talk(call, 4_000, ['alice']), 'bob', 4_000)
    end(talk(call, 6_000, ['alice']), 6_000)
    expect(markKinds(call, 'alice')).toEqual(['started', 'left', 'ended'])
    expect(endings(call, 'alice')[0]?.call.participants).toContainEqual({
      participantId: 'bob',
      role: 'terminating',
      userId: 'bob',
      joinedMs: 0,
      leftMs: 3_000,
    })
  })

  test('a stream of several people is heard until the last of them has left', () => {
    const call = given({ settings: { alice: ALWAYS } })
    answer(call, undefined, [streamOf('alice'), { ...streamOf('bob'), participantIds: ['bob', 'carol'] }])
    join(call, 'carol', 0)
    hangUp(talk(call, 2_000, ['alice', 'bob', 'carol']), 'bob', 2_000)
    hangUp(talk(call, 4_000, ['alice', 'bob', 'carol']), 'carol', 4_000)
    end(talk(call, 5_000, ['alice']), 5_000)
    expect(segments(call, 'alice')[0]?.far).toMatchObject([{ streamId: 'bob-audio', toMs: 4_000 }, { streamId: 'carol-audio' }])
  })

  test('the owner’s recording ends when the owner leaves, others’ go on', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS, bob: ALWAYS } })), 3_000)
    hangUp(call, 'bob', 3_000)
    end(talk(call, 6_000, ['alice']), 6_000)
    expect(endings(call, 'bob')).toMatchObject([{ reason: 'owner-left', atMs: 3_000, endedAtMs: TIME_ZERO_MS + 3_000 }])
    expect(captured(call, 'alice')).toEqual([[0, 6_000]])
  })

  test('an owner who comes back is recorded again, in a further recording, and has one row in the ledger', () => {
    const call = talk(answer(given({ settings: { bob: ALWAYS } })), 3_000)
    hangUp(call, 'bob', 3_000)
    join(talk(call, 5_000, ['alice']), 'bob', 5_000)
    end(talk(call, 8_000), 8_000)
    expect(captured(call, 'bob')).toEqual([
      [0, 3_000],
      [5_000, 8_000],
    ])
    expect(endings(call, 'bob')).toHaveLength(2)
    expect(effectsOf(call, 'ledger')).toHaveLength(1)
  })

  test('an owner on demand who comes back has to press start again', () => {
    const call = talk(answer(given({ settings: { bob: { mode: 'on-demand-user-start' } } })), 1_000)
    press(call, 'bob', 'start')
    hangUp(talk(call, 3_000), 'bob', 3_000)
    join(talk(call, 5_000, ['alice']), 'bob', 5_000)
    expect(call.state?.owners['bob']?.machine.kind).toBe('standby')
  })

  test('an owner who never started, and one who is excluded, leave nothing behind but their outcome', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'never' }, bob: { mode: 'on-demand-user-start' } } })), 1_000)
    hangUp(call, 'bob', 1_000)
    hangUp(call, 'alice', 1_000)
    end(call, 1_000)
    expect([ledger(call, 'alice'), ledger(call, 'bob')]).toMatchObject([{ reason: 'mode-never' }, { reason: 'never-started' }])
  })

  test('audio of somebody the platform never introduced outlives whoever leaves', () => {
    const call = answer(given({ settings: { alice: ALWAYS } }), { kind: 'participant', participantId: 'stranger' }, [streamOf('alice'), streamOf('stranger')])
    join(talk(call, 1_000, ['alice', 'stranger']), 'carol', 1_000)
    media(call, 1_000, 1_500, ['carol'])
    hangUp(call, 'carol', 1_500)
    for (let at = 1_000; at < 4_000; at += 1_000) media(call, at, at + 1_000, ['alice', 'stranger'])
    end(call, 4_000)
    expect(segments(call, 'alice')[0]?.far.find(({ streamId }) => streamId === 'stranger-audio')).toMatchObject({ toMs: 4_000 })
    expect(endings(call, 'alice')[0]?.call.participants.map(({ participantId }) => participantId)).toEqual(['alice', 'bob', 'carol'])
  })
})

test('an owner whose joining is told late is recorded from what is still kept', () => {
  const call = talk(answer(given({ settings: { carol: ALWAYS } })), 20_000)
  join(call, 'carol', 1_000)
  end(talk(call, 21_000, ['alice', 'bob', 'carol']), 21_000)
  silence(call, 2_000)
  expect(captured(call, 'carol')).toEqual([[18_000, 21_000]])
})

describe('conference', () => {
  test('joiners add to the far end, from when they joined', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 2_000)
    join(call, 'carol', 2_000)
    end(talk(call, 5_000, ['alice', 'bob', 'carol']), 5_000)
    expect(segments(call, 'alice')).toMatchObject([
      { near: [{ streamId: 'alice-audio' }], far: [{ streamId: 'bob-audio' }, { streamId: 'carol-audio' }], losses: [] },
    ])
    expect(marks(call, 'alice')).toContainEqual({ number: expect.any(Number), atMs: 2_000, what: { kind: 'joined', participantId: 'carol', userId: null } })
    expect(endings(call, 'alice')[0]?.call.participants).toMatchObject([
      { participantId: 'alice' },
      { participantId: 'bob' },
      { participantId: 'carol', joinedMs: 2_000, leftMs: null },
    ])
  })

  test('a joiner who is known is named in the recordings of the others', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS, carol: { mode: 'never' } } })), 2_000)
    join(call, 'carol', 2_000)
    end(talk(call, 5_000, ['alice', 'bob', 'carol']), 5_000)
    expect(marks(call, 'alice').map(({ what }) => what)).toContainEqual({ kind: 'joined', participantId: 'carol', userId: 'carol' })
  })

  test('joining again without leaving changes nothing', () => {
    const call = talk(answer(given({ settings: { bob: ALWAYS } })), 2_000)
    join(call, 'bob', 2_000)
    end(talk(call, 4_000), 4_000)
    expect(captured(call, 'bob')).toEqual([[0, 4_000]])
    expect(endings(call, 'bob')).toHaveLength(1)
  })
})

describe('call hold', () => {
  test('is marked; time goes on; a gap in it is no loss, one outside it is', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 2_000)
    call.tell('call.held', { participantId: 'bob', atMs: 2_000 })
    for (let at = 2_000; at < 5_000; at += 1_000) media(call, at, at + 1_000, ['alice'])
    call.tell('call.retrieved', { participantId: 'bob', atMs: 5_000 })
    media(call, 5_000, 5_500, ['alice'])
    for (let at = 5_500; at < 9_500; at += 1_000) media(call, at, at + 1_000)
    end(call, 9_500)
    talk(call, 12_000)
    expect(segments(call, 'alice')).toMatchObject([{ held: [[2_000, 5_000]], losses: [{ channel: 'far', streamId: 'bob-audio', fromMs: 5_000, toMs: 5_500 }] }])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 9_500, heldMs: 3_000, lostMs: 500 } }])
    expect(marks(call, 'alice').map(({ atMs, what }) => [atMs, what.kind])).toEqual([
      [0, 'started'],
      [2_000, 'held'],
      [5_000, 'retrieved'],
      [9_500, 'ended'],
    ])
    const numbers = marks(call, 'alice').map(({ number }) => number)
    expect(numbers, 'in the order it happened').toEqual(numbers.toSorted((a, b) => a - b))
  })

  test('is not marked in a recording that was stopped before', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 1_000)
    press(call, 'alice', 'start')
    press(talk(call, 3_000), 'alice', 'stop')
    call.tell('call.held', { participantId: 'bob', atMs: 3_000 })
    end(talk(call, 6_000), 6_000)
    expect(markKinds(call, 'alice')).toEqual(['started', 'ended'])
  })

  test('is not waited for when a call ends later', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 2_000)
    call.tell('call.held', { participantId: 'bob', atMs: 2_000 })
    media(call, 2_000, 3_000, ['alice'])
    call.tell('call.retrieved', { participantId: 'bob', atMs: 3_000 })
    end(talk(call, 5_000), 5_000)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { heldMs: 1_000, lostMs: 0 } }])
  })

  test.each(['alice', 'bob'])('by %s, in which the call ends: the last audio of who goes on talking may come behind the end', (holder) => {
    const talker = holder === 'alice' ? 'bob' : 'alice'
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 2_000)
    call.tell('call.held', { participantId: holder, atMs: 2_000 })
    media(call, 2_000, 5_000, [talker])
    end(call, 5_034)
    expect(segments(call, 'alice')).toEqual([])
    expect(media(call, 5_000, 5_034, [talker]).placed).toHaveLength(1)
    silence(call, 2_000)
    expect(captured(call, 'alice')).toEqual([[0, 5_034]])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { heldMs: 3_034, lostMs: 0 } }])
  })

  test('by two, said twice, by somebody who left, or taken back by nobody who held', () => {
    const call = talk(answer(given({ settings: { alice: ALWAYS } })), 1_000)
    for (const participantId of ['bob', 'bob', 'alice']) call.tell('call.held', { participantId, atMs: 1_000 })
    call.tell('call.retrieved', { participantId: 'alice', atMs: 2_000 })
    call.tell('call.retrieved', { participantId: 'alice', atMs: 2_500 })
    hangUp(call, 'bob', 3_000)
    call.tell('call.held', { participantId: 'bob', atMs: 3_000 })
    end(talk(call, 5_000, ['alice']), 5_000)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { heldMs: 2_000 } }])
    expect(markKinds(call, 'alice')).toEqual(['started', 'held', 'held', 'retrieved', 'left', 'ended'])
  })
})

test('the icon follows the recording, and the platform is told only of changes', () => {
  const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } }, capabilities: { indicator: true } })), 1_000)
  for (const control of ['start', 'pause', 'resume', 'stop', 'start'] as const) press(call, 'alice', control)
  hangUp(call, 'alice', 2_000)
  expect(told(call)).toEqual(['recording', 'paused', 'recording', 'off', 'recording', 'off'].map((icon) => `icon of alice: ${icon}`))
})
