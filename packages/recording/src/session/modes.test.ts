import { describe, expect, test } from 'vitest'
import type { ControlName, Mode } from '../settings.ts'
import { answer, end, given, hangUp, press, promptFinished, talk, type Call } from './testing/call.ts'
import { commands, endings, ledger } from './testing/seen.ts'

const ANNOUNCED = { startStopAnnouncement: { internal: true, pstn: true } }

/** What the owner's machine is at, in a word or two. */
function place(call: Call): string {
  const machine = call.state?.owners['alice']?.machine
  if (machine?.kind !== 'announcing') return machine?.kind ?? 'none'
  if (machine.before === 'resume') return 'resuming'
  return machine.pauseAfter ? 'announcing, to be paused' : 'announcing'
}

/** Ways to bring alice's machine to a place; `start` is pressed where the mode needs it. */
const WAYS: Record<string, (mode: Mode) => Call> = {
  standby: (mode) => talk(answer(given({ settings: { alice: { mode } } })), 1_000),
  announcing: (mode) => begun(answer(given({ settings: { alice: { mode, ...ANNOUNCED } } })), mode),
  'announcing, to be paused': (mode) => after(WAYS['announcing']?.(mode), (call) => press(call, 'alice', 'pause')),
  recording: (mode) => begun(answer(given({ settings: { alice: { mode } } })), mode),
  paused: (mode) => after(WAYS['recording']?.(mode), (call) => press(call, 'alice', 'pause')),
  resuming: (mode) => {
    const call = begun(answer(given({ settings: { alice: { mode, pauseResumeNotification: 'announcement' } } })), mode)
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    return call
  },
  failed: (mode) =>
    after(begun(answer(given({ settings: { alice: { mode, ...ANNOUNCED } } })), mode), (call) => promptFinished(call, 'recording-started', 'failed')),
  excluded: (mode) => talk(answer(given({ settings: { alice: { mode } }, callType: 'fax' })), 1_000),
}

function begun(call: Call, mode: Mode): Call {
  if (mode === 'on-demand-user-start') press(call, 'alice', 'start', 500)
  return talk(call, 1_000)
}

function after(call: Call | undefined, act: (call: Call) => unknown): Call {
  if (call === undefined) throw new Error('no such way')
  act(call)
  return call
}

type Row = [mode: Mode, from: string, start: string, stop: string, pause: string, resume: string]
const NO = 'not-allowed-in-mode'

const TABLE: Row[] = [
  // mode                  where it is                 start                 stop             pause                         resume
  ['never', 'excluded', NO, NO, NO, NO],
  ['always', 'announcing', NO, NO, NO, NO],
  ['always', 'recording', NO, NO, NO, NO],
  ['always', 'failed', NO, NO, NO, NO],
  ['always', 'excluded', NO, NO, NO, NO],
  ['always-pause-resume', 'announcing', NO, NO, '→ announcing, to be paused', 'not-paused'],
  ['always-pause-resume', 'announcing, to be paused', NO, NO, 'already-paused', '→ announcing'],
  ['always-pause-resume', 'recording', NO, NO, '→ paused', 'not-paused'],
  ['always-pause-resume', 'paused', NO, NO, 'already-paused', '→ recording'],
  ['always-pause-resume', 'resuming', NO, NO, '→ paused', 'not-paused'],
  ['always-pause-resume', 'failed', NO, NO, 'failed', 'failed'],
  ['always-pause-resume', 'excluded', NO, NO, 'excluded', 'excluded'],
  ['on-demand-user-start', 'standby', '→ recording', 'not-recording', 'not-recording', 'not-recording'],
  ['on-demand-user-start', 'announcing', 'starting', '→ standby', '→ announcing, to be paused', 'not-paused'],
  ['on-demand-user-start', 'announcing, to be paused', 'starting', '→ standby', 'already-paused', '→ announcing'],
  ['on-demand-user-start', 'recording', 'already-recording', '→ standby', '→ paused', 'not-paused'],
  ['on-demand-user-start', 'paused', 'already-recording', '→ standby', 'already-paused', '→ recording'],
  ['on-demand-user-start', 'resuming', 'already-recording', '→ standby', '→ paused', 'not-paused'],
  ['on-demand-user-start', 'excluded', 'excluded', 'excluded', 'excluded', 'excluded'],
  ['on-demand', 'announcing', '→ announcing', NO, '→ announcing, to be paused', 'not-paused'],
  ['on-demand', 'announcing, to be paused', '→ announcing, to be paused', NO, 'already-paused', '→ announcing'],
  ['on-demand', 'recording', '→ recording', NO, '→ paused', 'not-paused'],
  ['on-demand', 'paused', '→ paused', NO, 'already-paused', '→ recording'],
  ['on-demand', 'resuming', '→ resuming', NO, '→ paused', 'not-paused'],
  ['on-demand', 'failed', 'failed', NO, 'failed', 'failed'],
  ['on-demand', 'excluded', 'excluded', NO, 'excluded', 'excluded'],
]

describe('what a user may press, by mode and by where the recording is', () => {
  const cases = TABLE.flatMap(([mode, from, ...outcomes]) =>
    (['start', 'stop', 'pause', 'resume'] satisfies ControlName[]).map((control, index) => ({ mode, from, control, outcome: outcomes[index] ?? '' })),
  )
  test.each(cases)('$mode, $from: $control gives $outcome', ({ mode, from, control, outcome }) => {
    const call = after(WAYS[from]?.(mode), () => undefined)
    expect(place(call)).toBe(from)
    const before = call.state
    press(call, 'alice', control)
    if (outcome.startsWith('→')) {
      expect(`→ ${place(call)}`).toBe(outcome)
      expect(commands(call.latest, 'control.rejected')).toEqual([])
    } else {
      expect(commands(call.latest, 'control.rejected')).toMatchObject([{ eventId: `e${call.events.length - 1}`, control, userId: 'alice', reason: outcome }])
      expect(call.latest.effects).toHaveLength(1)
      // Nothing of the call changed but what is remembered of messages.
      expect({ ...call.state, seen: before?.seen, last: before?.last, number: before?.number }).toEqual(before)
    }
  })

  test.each<Mode>(['never', 'always', 'always-pause-resume', 'on-demand-user-start', 'on-demand'])(
    '%s: nothing may be pressed before the answer, after leaving and after the end',
    (mode) => {
      for (const control of ['start', 'stop', 'pause', 'resume'] satisfies ControlName[]) {
        const ringing = given({ settings: { alice: { mode } } })
        press(ringing, 'alice', control)
        expect(commands(ringing.latest, 'control.rejected')).toMatchObject([{ reason: 'call-not-answered' }])
        const ended = talk(answer(given({ settings: { alice: { mode } } })), 5_000)
        end(ended, 5_000)
        press(ended, 'alice', control)
        expect(commands(ended.latest, 'control.rejected')).toMatchObject([{ reason: 'call-ended' }])
        if (mode === 'never') continue
        const left = talk(answer(given({ settings: { alice: { mode } } })), 5_000)
        hangUp(left, 'alice', 5_000)
        press(left, 'alice', control)
        expect(commands(left.latest, 'control.rejected')).toMatchObject([{ reason: 'call-ended' }])
      }
    },
  )

  test('whoever is not an owner of the call may press nothing, even under a name that every object has', () => {
    for (const userId of ['mallory', 'constructor', '__proto__', 'toString']) {
      const call = answer(given({ settings: { alice: { mode: 'always-pause-resume' } } }))
      press(call, userId, 'pause')
      expect(commands(call.latest, 'control.rejected')).toMatchObject([{ reason: 'not-an-owner' }])
      call.tell('control.pause', { participantId: userId, via: 'api' })
      expect(commands(call.latest, 'control.rejected')).toMatchObject([{ reason: 'not-an-owner' }])
      end(call, 0)
      call.tell('control.pause', { participantId: userId, via: 'api' })
      expect(commands(call.latest, 'control.rejected')).toMatchObject([{ reason: 'call-ended' }])
    }
  })

  test('a control may name its user by the end of the call', () => {
    const call = talk(answer(given({ settings: { bob: { mode: 'always-pause-resume' } } })), 2_000)
    call.tell('control.pause', { participantId: 'bob', via: 'feature-code' })
    expect(call.state?.owners['bob']?.machine.kind).toBe('paused')
  })
})

describe('what becomes of a call, by mode', () => {
  test.each<[Mode, unknown]>([
    ['never', { outcome: 'excluded', reason: 'mode-never' }],
    ['always', { outcome: 'recorded' }],
    ['always-pause-resume', { outcome: 'recorded' }],
    ['on-demand-user-start', { outcome: 'excluded', reason: 'never-started' }],
    ['on-demand', { outcome: 'excluded', reason: 'not-kept' }],
  ])('%s, nobody presses anything: %o', (mode, outcome) => {
    const call = talk(answer(given({ settings: { alice: { mode } } })), 5_000)
    end(call, 5_000)
    expect(ledger(call, 'alice')).toEqual(outcome)
    expect(ledger(call, 'bob'), 'bob is nobody we know').toBeUndefined()
    expect(call.state?.phase).toBe('closed')
  })

  test('stop and start again gives two recordings and one row in the ledger', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'on-demand-user-start' } } })), 1_000)
    press(call, 'alice', 'start')
    press(talk(call, 3_000), 'alice', 'stop')
    press(talk(call, 4_000), 'alice', 'start')
    end(talk(call, 6_000), 6_000)
    expect(endings(call, 'alice').map(({ reason, totals }) => [reason, totals.capturedMs])).toEqual([
      ['stopped', 2_000],
      ['call-ended', 2_000],
    ])
    expect(new Set(endings(call, 'alice').map(({ recordingId }) => recordingId)).size).toBe(2)
    expect(call.effects.filter((effect) => effect.kind === 'ledger')).toMatchObject([{ ownerId: 'alice', outcome: { outcome: 'recorded' } }])
  })

  test('keep on request keeps from the answer on once record is pressed, and what comes after it in the same call', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'on-demand' } } })), 3_000)
    press(call, 'alice', 'start')
    expect(call.latest.effects.map((effect) => effect.kind)).toEqual(['recording.kept'])
    press(call, 'alice', 'start')
    expect(commands(call.latest, 'control.rejected')).toMatchObject([{ reason: 'already-recording' }])
    end(talk(call, 5_000), 5_000)
    expect(endings(call, 'alice')).toMatchObject([{ kept: true, totals: { capturedMs: 5_000 } }])
    expect(ledger(call, 'alice')).toEqual({ outcome: 'recorded' })
  })

  test('record pressed during the announcement keeps the recording that begins after it', () => {
    const call = answer(given({ settings: { alice: { mode: 'on-demand', ...ANNOUNCED } } }))
    press(call, 'alice', 'start')
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 1_000 })
    expect(call.latest.effects).toContainEqual(expect.objectContaining({ kind: 'recording.started', provisional: false }))
  })

  test('a recording that captured nothing is excluded as such', () => {
    const call = answer(given({ settings: { alice: { mode: 'always' } } }))
    end(call, 0)
    expect(ledger(call, 'alice')).toEqual({ outcome: 'excluded', reason: 'nothing-captured' })
  })
})
