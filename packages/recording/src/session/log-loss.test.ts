import { describe, expect, test } from 'vitest'
import { endLost, type BegunRecording, type WrittenDown } from './log-loss.ts'
import { answer, end, given, media, press, promptFinished, talk, type Call, type Given } from './testing/call.ts'
import { captured, effectsOf, endings, ledger, markKinds, marks, told } from './testing/seen.ts'

function lose(call: Call, written?: WrittenDown): Call {
  if (call.state === null) throw new Error('no call')
  call.latest = endLost(call.state, written)
  call.state = call.latest.state
  call.effects.push(...call.latest.effects)
  return call
}

const live = (alice: NonNullable<Given['settings']['alice']>): Call => talk(answer(given({ settings: { alice } })), 70_000)

describe('a log that no longer holds what was not sealed', () => {
  test('ends the recording where it is sealed and names what is lost; the call goes on in another', () => {
    const call = lose(live({ mode: 'always' }))
    expect(endings(call, 'alice')).toMatchObject([{ reason: 'log-lost', atMs: 60_000, totals: { capturedMs: 60_000, lostMs: 20_000 } }])
    expect(marks(call, 'alice')).toContainEqual(expect.objectContaining({ what: { kind: 'log-lost', fromMs: 60_000, toMs: 70_000 } }))
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
    media(call, 100_000, 101_000)
    end(call, 101_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 60_000],
      [100_000, 101_000],
    ])
  })

  test('counts both channels of everything that was captured and not sealed, and nothing that was paused', () => {
    const call = live({ mode: 'always-pause-resume' })
    press(call, 'alice', 'pause')
    press(talk(call, 71_000), 'alice', 'resume')
    lose(talk(call, 71_500))
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 60_000, pausedMs: 0, lostMs: 2 * 10_500 } }])
  })

  test('adds to what was missing before', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always' } } })), 4_000)
    media(call, 5_000, 6_000)
    lose(talk(call, 70_000))
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 60_000, lostMs: 2_000 + 20_000 } }])
  })

  test('loses nothing of a paused recording that is sealed', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } } })), 5_000)
    press(call, 'alice', 'pause')
    lose(talk(call, 20_000))
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 5_000, lostMs: 0 } }])
    expect(markKinds(call, 'alice')).toEqual(['started', 'paused', 'ended'])
  })

  test('does not make a failure of what nobody asked to keep', () => {
    expect(ledger(lose(live({ mode: 'on-demand' })), 'alice')).toEqual({ outcome: 'excluded', reason: 'not-kept' })
  })

  test('is told only in a recording that goes on, not in one that had been stopped', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 1_000)
    press(call, 'alice', 'start')
    press(talk(call, 70_000), 'alice', 'stop')
    press(talk(call, 71_000), 'alice', 'start')
    lose(talk(call, 71_500))
    expect(endings(call, 'alice')).toMatchObject([
      { reason: 'log-lost', totals: { capturedMs: 60_000, lostMs: 2 * 9_000 } },
      { reason: 'log-lost', totals: { capturedMs: 0, lostMs: 2 * 500 } },
    ])
    expect(marks(call, 'alice').filter(({ what }) => what.kind === 'log-lost')).toMatchObject([{ what: { fromMs: 71_000, toMs: 71_500 } }])
  })

  test('takes nothing from an owner who never recorded, and from the call itself nothing but its audio', () => {
    const call = lose(talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 10_000))
    expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason: 'never-started' })
    expect(call.state?.phase).toBe('silent')
    expect(call.latest.placed).toEqual([])
    expect(call.latest.effects.at(-1)).toEqual({ kind: 'call.closed', atMs: 10_000 })
  })

  test('is a failure for an owner of whom nothing was sealed', () => {
    const call = lose(talk(answer(given({ settings: { alice: { mode: 'always' } } })), 10_000))
    expect(ledger(call, 'alice')).toEqual({ outcome: 'failed', reason: 'log-lost', behavior: 'none' })
  })

  test('in the last moments of a call closes it', () => {
    const call = live({ mode: 'always' })
    end(call, 75_000)
    lose(call)
    expect(call.state?.phase).toBe('closed')
    expect(endings(call, 'alice')).toMatchObject([{ reason: 'log-lost', atMs: 75_000, totals: { capturedMs: 60_000 } }])
  })

  test('leaves paused who was paused, and announces again what was being announced', () => {
    const paused = live({ mode: 'always-pause-resume' })
    press(paused, 'alice', 'pause')
    lose(paused)
    media(paused, 80_000, 81_000)
    expect(paused.state?.owners['alice']?.machine.kind).toBe('paused')
    expect(markKinds(paused, 'alice')).toContain('log-lost')

    const announcing = lose(answer(given({ settings: { alice: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } } })))
    media(announcing, 5_000, 6_000)
    expect(told(announcing.latest)).toEqual(['play recording-started at 5000'])
    promptFinished(announcing, 'recording-started', { fromMs: 6_000, toMs: 7_000 })
    end(talk(announcing, 8_000), 8_000)
    expect(captured(announcing, 'alice')).toEqual([[7_000, 8_000]])

    const resuming = live({ mode: 'always-pause-resume', pauseResumeNotification: 'beep' })
    press(resuming, 'alice', 'pause')
    press(resuming, 'alice', 'resume')
    lose(resuming)
    media(resuming, 80_000, 81_000)
    expect(resuming.state?.owners['alice']?.machine.kind).toBe('paused')
  })

  test('means nothing to a call that is not answered, or is over', () => {
    for (const call of [given({ settings: { alice: { mode: 'always' } } }), live({ mode: 'never' })]) {
      const phase = call.state?.phase
      if (phase === 'answered') end(call, 70_000)
      const before = call.state
      lose(call)
      expect(call.state).toEqual(before)
      expect(call.latest.effects).toEqual([])
    }
  })

  test('ends what began behind the checkpoint too, and what comes after is another recording', () => {
    const call = lose(answer(given({ settings: { alice: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } } })), {
      recordings: [begun('alice', { recordingId: 'unknown', ordinal: 1 })],
      ownerIds: ['alice'],
    })
    expect(endings(call, 'alice')).toMatchObject([{ recordingId: 'unknown', reason: 'log-lost', kept: true, totals: { capturedMs: 0 } }])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'failed', reason: 'log-lost', behavior: 'none' })
    media(call, 5_000, 6_000)
    promptFinished(call, 'recording-started', { fromMs: 6_000, toMs: 7_000 })
    end(talk(call, 8_000), 8_000)
    expect(effectsOf(call, 'recording.started')).toMatchObject([{ ordinal: 2 }])
    expect(captured(call, 'alice')).toEqual([[7_000, 8_000]])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
  })

  test('ends what it has a state of once, behind what is written down to be durable', () => {
    const call = live({ mode: 'always' })
    const recordingId = effectsOf(call, 'recording.started')[0]?.recordingId ?? ''
    const known = begun('alice', { recordingId, ordinal: 1, segments: 1, capturedMs: 60_000, sealedMs: 60_000 })
    const before = { ...call, effects: [...call.effects] }
    lose(before, { recordings: [known], ownerIds: ['alice'] })
    expect(endings(before, 'alice')).toMatchObject([{ recordingId, atMs: 60_000, totals: { capturedMs: 60_000, segments: 1, lostMs: 20_000 } }])
    lose(call, { recordings: [{ ...known, segments: 2, capturedMs: 120_000, sealedMs: 120_000 }], ownerIds: ['alice'] })
    expect(endings(call, 'alice')).toMatchObject([{ recordingId, atMs: 120_000, totals: { capturedMs: 120_000, segments: 2, lostMs: 0 } }])
  })

  test('keeps what the user is written down to have kept, though the checkpoint does not know', () => {
    const call = live({ mode: 'on-demand' })
    const recordingId = effectsOf(call, 'recording.started')[0]?.recordingId ?? ''
    lose(call, { recordings: [begun('alice', { recordingId, segments: 1, capturedMs: 60_000 })], ownerIds: ['alice'] })
    expect(endings(call, 'alice')).toMatchObject([{ recordingId, kept: true }])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
  })

  test('loses with the answer whoever was in the call; is it told after all, their next recording is another', () => {
    const written = {
      recordings: [begun('alice', { recordingId: 'first', ordinal: 1 }), begun('bob', { recordingId: 'second', ordinal: 2, segments: 1, capturedMs: 4_000 })],
      ownerIds: ['alice', 'bob'],
    }
    const call = lose(given({ settings: { alice: { mode: 'always' }, bob: { mode: 'always' } } }), written)
    expect(effectsOf(call, 'recording.ended').map(({ recordingId, reason, totals }) => [recordingId, reason, totals.segments])).toEqual([
      ['first', 'log-lost', 0],
      ['second', 'log-lost', 1],
    ])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'failed', reason: 'log-lost', behavior: 'none' })
    expect(ledger(call, 'bob')).toEqual({ outcome: 'recorded' })
    expect(effectsOf(call, 'call.closed')).toHaveLength(1)

    end(talk(answer(call), 8_000), 8_000)
    expect(effectsOf(call, 'recording.started').map(({ ownerId, ordinal }) => [ownerId, ordinal])).toEqual([
      ['alice', 2],
      ['bob', 3],
    ])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
  })
})

function begun(ownerId: string, known: Partial<BegunRecording>): BegunRecording {
  return { recordingId: 'one', ownerId, ordinal: 1, kept: true, startedAtMs: 1_000, segments: 0, capturedMs: 0, sealedMs: null, ...known }
}
