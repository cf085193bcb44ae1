import { describe, expect, test } from 'vitest'
import { endLost, type BegunRecording, type WrittenDown } from './log-loss.ts'
import { answer, end, given, media, press, promptFinished, silence, talk, type Call, type Given } from './testing/call.ts'
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
    expect(losses(call, 'alice')).toEqual([
      { atMs: 60_000, fromMs: 60_000, toMs: 70_000 },
      { atMs: 100_000, fromMs: 60_000, toMs: 100_000 },
    ])
  })

  test('says in the recording that goes on how much is lost, to the millisecond, though the state knows of nothing that is', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always' } }, rules: { segmentSeconds: 5 } })), 5_000)
    const recordingId = effectsOf(call, 'recording.started')[0]?.recordingId ?? ''
    lose(call, { recordings: [begun('alice', { recordingId, segments: 1, capturedMs: 5_000, sealedMs: 5_000 })], ownerIds: ['alice'] })
    expect(losses(call, 'alice')).toEqual([])
    media(call, 12_345, 13_345)
    end(call, 13_345)
    expect(losses(call, 'alice')).toEqual([{ atMs: 12_345, fromMs: 5_000, toMs: 12_345 }])
    expect(endings(call, 'alice').at(-1)).toMatchObject({ reason: 'call-ended', totals: { capturedMs: 1_000, lostMs: 0 } })
  })

  test('says so too when the next recording begins later, behind an announcement or a key: lost is what lies before the call went on', () => {
    const announced = lose(answer(given({ settings: { alice: { mode: 'always', startStopAnnouncement: { internal: true, pstn: true } } } })), {
      recordings: [begun('alice', { recordingId: 'unknown', segments: 1, capturedMs: 1_000, sealedMs: 2_000 })],
      ownerIds: ['alice'],
    })
    media(announced, 5_000, 6_000)
    promptFinished(announced, 'recording-started', { fromMs: 6_000, toMs: 7_000 })
    end(talk(announced, 8_000), 8_000)
    expect(losses(announced, 'alice')).toEqual([{ atMs: 7_000, fromMs: 2_000, toMs: 5_000 }])

    const pressed = lose(talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 1_000), {
      recordings: [begun('alice', { recordingId: 'unknown', segments: 1, capturedMs: 1_000, sealedMs: 2_000 })],
      ownerIds: ['alice'],
    })
    media(pressed, 5_000, 6_000)
    press(pressed, 'alice', 'start')
    press(talk(pressed, 7_000), 'alice', 'stop')
    press(talk(pressed, 8_000), 'alice', 'start')
    end(talk(pressed, 9_000), 9_000)
    expect(losses(pressed, 'alice')).toEqual([{ atMs: 6_000, fromMs: 2_000, toMs: 5_000 }])
  })

  test('of an idle end that comes later is none', () => {
    const call = lose(live({ mode: 'always' }))
    media(call, 100_000, 101_000)
    silence(call, 120_000)
    media(call, 400_000, 401_000)
    end(call, 401_000)
    expect(losses(call, 'alice').map(({ atMs }) => atMs)).toEqual([60_000, 100_000])
  })

  test('ends the recording that it knows of when another had begun behind it', () => {
    const call = live({ mode: 'on-demand-user-start' })
    press(call, 'alice', 'start')
    talk(call, 140_000)
    const recordingId = effectsOf(call, 'recording.started')[0]?.recordingId ?? ''
    lose(call, {
      recordings: [
        begun('alice', { recordingId, segments: 1, capturedMs: 60_000, sealedMs: 130_000 }),
        begun('alice', { recordingId: 'unknown', ordinal: 2, segments: 1, capturedMs: 5_000, sealedMs: 145_000 }),
      ],
      ownerIds: ['alice'],
    })
    expect(endings(call, 'alice')).toMatchObject([
      { recordingId, reason: 'log-lost', atMs: 130_000, totals: { capturedMs: 60_000 } },
      { recordingId: 'unknown', reason: 'log-lost', atMs: 145_000, totals: { capturedMs: 5_000 } },
    ])
    expect(call.state?.owners['alice']?.recordings).toEqual([])
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

  test('keeps the rest of the call of whoever pressed record, wherever the press is written down', () => {
    const known = live({ mode: 'on-demand' })
    const recordingId = effectsOf(known, 'recording.started')[0]?.recordingId ?? ''
    lose(known, { recordings: [begun('alice', { recordingId, segments: 1, capturedMs: 60_000, sealedMs: 60_000 })], ownerIds: ['alice'] })
    media(known, 80_000, 81_000)

    const onlyLost = { recordings: [begun('alice', { recordingId: 'unknown' })], ownerIds: ['alice'] }
    const adopted = lose(answer(given({ settings: { alice: { mode: 'on-demand', startStopAnnouncement: { internal: true, pstn: true } } } })), onlyLost)
    talk(adopted, 5_000)
    promptFinished(adopted, 'recording-started', { fromMs: 2_000, toMs: 4_000 })

    const stranger = talk(answer(lose(given({ settings: { alice: { mode: 'on-demand' } } }), onlyLost)), 5_000)

    for (const call of [known, adopted, stranger]) {
      end(call, call.state?.audioEndMs ?? 0)
      expect(effectsOf(call, 'recording.started').at(-1)).toMatchObject({ provisional: false })
      expect(endings(call, 'alice').at(-1)).toMatchObject({ reason: 'call-ended', kept: true })
      expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
    }
  })

  test('does not keep the rest of the call when nobody pressed record', () => {
    const call = live({ mode: 'on-demand' })
    const recordingId = effectsOf(call, 'recording.started')[0]?.recordingId ?? ''
    lose(call, { recordings: [begun('alice', { recordingId, kept: false, segments: 1, capturedMs: 60_000, sealedMs: 60_000 })], ownerIds: ['alice'] })
    media(call, 80_000, 81_000)
    end(call, 81_000)
    expect(endings(call, 'alice').map(({ kept }) => kept)).toEqual([false, false])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason: 'not-kept' })
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

/** What is told as lost with the log, in the order it was sealed. */
function losses(call: Call, ownerId: string): { atMs: number; fromMs: number; toMs: number }[] {
  return marks(call, ownerId).flatMap(({ atMs, what }) => (what.kind === 'log-lost' ? [{ atMs, fromMs: what.fromMs, toMs: what.toMs }] : []))
}

function begun(ownerId: string, known: Partial<BegunRecording>): BegunRecording {
  return { recordingId: 'one', ownerId, ordinal: 1, kept: true, startedAtMs: 1_000, segments: 0, capturedMs: 0, sealedMs: null, ...known }
}
