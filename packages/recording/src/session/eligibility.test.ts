import { describe, expect, test } from 'vitest'
import { answer, end, given, press, talk, type Given } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { captured, commands, endings, ledger, segments, told } from './testing/seen.ts'

const SWITCHES = { inboundInternal: false, inboundExternal: false, outboundInternal: false, outboundExternal: false }
const recorded = (call: Given): boolean => {
  const folded = talk(answer(given(call)), 2_000)
  end(folded, 2_000)
  const [outcome] = Object.keys(call.settings).map((name) => ledger(folded, name))
  if (outcome?.outcome === 'excluded') expect(outcome.reason).toBe('not-selected')
  return outcome?.outcome === 'recorded'
}

describe('the four switches, seen from the owner', () => {
  // alice calls, bob is called
  test.each([
    ['inboundInternal', 'bob', 'internal'],
    ['inboundExternal', 'bob', 'pstn'],
    ['outboundInternal', 'alice', 'internal'],
    ['outboundExternal', 'alice', 'pstn'],
  ] as const)('%s decides about the calls of %s that are %s', (name, who, callType) => {
    for (const isOn of [true, false]) {
      const calls = { ...SWITCHES, [name]: isOn }
      expect(recorded({ settings: { [who]: { mode: 'always', calls } }, callType })).toBe(isOn)
      const others = { inboundInternal: true, inboundExternal: true, outboundInternal: true, outboundExternal: true, [name]: isOn }
      expect(recorded({ settings: { [who]: { mode: 'always', calls: others } }, callType })).toBe(isOn)
    }
  })

  test.each([
    ['bob', 'inboundInternal', 'inboundExternal'],
    ['alice', 'outboundInternal', 'outboundExternal'],
  ] as const)('a call of unknown kind is recorded for %s if either %s or %s is on', (who, internal, external) => {
    const asked = (on: object): boolean => recorded({ settings: { [who]: { mode: 'always', calls: { ...SWITCHES, ...on } } }, callType: null })
    expect([asked({}), asked({ [internal]: true }), asked({ [external]: true })]).toEqual([false, true, true])
  })

  test('a control on a call that is not selected is answered so', () => {
    const call = answer(given({ settings: { alice: { mode: 'always-pause-resume', calls: SWITCHES } } }))
    expect(told(press(call, 'alice', 'pause'))).toEqual(['reject pause: excluded'])
  })
})

describe('calls of a special kind', () => {
  test.each([
    ['emergency', 'emergency'],
    ['fax', 'fax'],
    ['voicemail-retrieval', 'voicemail-retrieval'],
    ['whisper', 'whisper'],
  ] as const)('%s is excluded, whatever the mode', (callType, reason) => {
    for (const mode of ['never', 'always', 'on-demand-user-start'] as const) {
      const call = talk(answer(given({ settings: { alice: { mode } }, callType })), 2_000)
      end(call, 2_000)
      expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason })
      expect(segments(call, 'alice')).toEqual([])
    }
  })

  test('an emergency call that the organization records is never announced, toned or told of', () => {
    const alice = {
      mode: 'always-pause-resume',
      startStopAnnouncement: { internal: true, pstn: true },
      tone: { enabled: true },
      pauseResumeNotification: 'announcement',
    } as const
    const call = talk(answer(given({ settings: { alice }, callType: 'emergency', rules: { recordEmergency: true } })), 25_000)
    press(call, 'alice', 'pause')
    press(talk(call, 26_000), 'alice', 'resume')
    end(talk(call, 30_000), 30_000)
    expect(commands(call, 'prompt.play')).toEqual([])
    expect(captured(call, 'alice')).toEqual([
      [0, 25_000],
      [26_000, 30_000],
    ])
  })

  test('an emergency call is recorded from its first sample though the announcement is asked for', () => {
    const call = talk(
      answer(
        given({
          settings: { alice: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } },
          callType: 'emergency',
          rules: { recordEmergency: true },
        }),
      ),
      2_000,
    )
    end(call, 2_000)
    expect(captured(call, 'alice')).toEqual([[0, 2_000]])
  })
})

describe('voicemail', () => {
  const box = (userId?: string): Parameters<typeof answer>[1] => ({ kind: 'voicemail', participantId: 'mailbox', ...(userId === undefined ? {} : { userId }) })
  const left = (settings: Given['settings'], by = box('bob')): ReturnType<typeof given> => {
    const call = answer(given({ settings }), by, [streamOf('alice'), streamOf('mailbox')])
    end(talk(call, 4_000, ['alice', 'mailbox']), 4_000)
    return call
  }

  test('a message that is left is recorded for the caller who chose so', () => {
    const call = left({ alice: { mode: 'always', voicemail: true } })
    expect(segments(call, 'alice')).toMatchObject([{ near: [{ streamId: 'alice-audio' }], far: [{ streamId: 'mailbox-audio' }] }])
  })

  test('a message that is received is recorded for the mailbox’s user: the greeting is the near end', () => {
    const call = left({ bob: { mode: 'always', voicemail: true } })
    expect(segments(call, 'bob')).toMatchObject([{ near: [{ streamId: 'mailbox-audio' }], far: [{ streamId: 'alice-audio' }] }])
    expect(endings(call, 'bob')[0]?.call.participants).toContainEqual({
      participantId: 'mailbox',
      role: 'terminating',
      userId: 'bob',
      joinedMs: 0,
      leftMs: null,
    })
  })

  test.each(['alice', 'bob'] as const)('is excluded for %s unless switched on', (name) => {
    expect(ledger(left({ [name]: { mode: 'always' } }), name)).toEqual({ outcome: 'excluded', reason: 'voicemail-off' })
  })

  test('of nobody we know concerns the caller alone', () => {
    const call = left({ alice: { mode: 'always', voicemail: true }, bob: { mode: 'always', voicemail: true } }, box())
    expect([ledger(call, 'alice'), ledger(call, 'bob')]).toEqual([{ outcome: 'recorded' }, undefined])
  })

  test('answered on an end of the call that rang already keeps what is known of it', () => {
    const call = given({
      settings: { bob: { mode: 'always', voicemail: true } },
      participants: [participant('alice'), { ...participant('bob'), userId: 'bob' }],
    })
    answer(call, { kind: 'voicemail', participantId: 'bob' })
    end(talk(call, 2_000), 2_000)
    expect(ledger(call, 'bob')).toEqual({ outcome: 'recorded' })
  })

  test('of another user, answered on an end of the call that rang, is that user’s', () => {
    const call = given({ settings: { bob: { mode: 'always', voicemail: true }, carol: { mode: 'always', voicemail: true } } })
    answer(call, { kind: 'voicemail', participantId: 'bob', userId: 'carol' })
    end(talk(call, 2_000), 2_000)
    expect([ledger(call, 'bob'), ledger(call, 'carol')]).toEqual([undefined, { outcome: 'recorded' }])
  })
})
