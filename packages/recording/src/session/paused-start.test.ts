import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, gate, given, join, media, press, promptFinished, talk, type Call } from './testing/call.ts'
import { captured, effectsOf, endings, markKinds, told } from './testing/seen.ts'

const ANNOUNCED = { startStopAnnouncement: { internal: true, pstn: true } }
const pausable = (more: SettingsInput = {}): SettingsInput => ({ mode: 'always-pause-resume', ...more })

/** Alice has paused and the publisher's gate is shut; then carol joins. */
function joinedBehindShutGate(carol: SettingsInput): Call {
  const call = talk(answer(given({ settings: { alice: pausable(), carol }, capabilities: { gate: true } })), 5_000)
  press(call, 'alice', 'pause')
  gate(call, 'closed', 5_000)
  join(call, 'carol', 6_000)
  return call
}

describe('a pause pressed before the recording has begun', () => {
  test('during the announcement takes effect where the announcement ended', () => {
    const call = answer(given({ settings: { alice: pausable(ANNOUNCED) } }))
    press(talk(call, 3_000), 'alice', 'pause')
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 2_000 })
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ atMs: 2_000, startedAtMs: Date.parse('2026-03-02T10:00:02Z') }])
    expect(effectsOf(call.latest, 'recording.paused')).toMatchObject([{ atMs: 2_000 }])
    end(talk(call, 5_000), 5_000)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 0, pausedMs: 3_000 } }])
    expect(markKinds(call, 'alice')).toEqual(['started', 'paused', 'prompt', 'ended'])
  })

  test('while only the gate is waited for takes effect where it was pressed', () => {
    const call = joinedBehindShutGate(pausable())
    media(call, 6_000, 6_500)
    press(call, 'carol', 'pause')
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ ownerId: 'carol', atMs: 6_500 }])
  })

  test('leaves a shut gate shut when the announcement has ended', () => {
    const call = joinedBehindShutGate(pausable({ ...ANNOUNCED, pauseResumeNotification: 'beep' }))
    press(call, 'carol', 'pause')
    gate(call, 'closed', 6_100)
    expect(told(promptFinished(call, 'recording-started', { fromMs: 6_000, toMs: 7_500 }))).toEqual(['play pause-beep at 7500'])
    expect(call.state?.owners['carol']?.machine.kind).toBe('paused')
  })

  test('leaves the whole interval until the first tone after the resume', () => {
    const call = answer(given({ settings: { alice: pausable({ ...ANNOUNCED, tone: { enabled: true, intervalSeconds: 10 } }) } }))
    press(talk(call, 1_000), 'alice', 'pause')
    promptFinished(call, 'recording-started', { fromMs: 0, toMs: 2_000 })
    press(talk(call, 5_000), 'alice', 'resume')
    talk(call, 15_000)
    expect(told(call).filter((line) => line.includes('tone'))).toEqual(['play tone at 15000'])
    end(call, 15_000)
    expect(captured(call, 'alice')).toEqual([[5_000, 15_000]])
  })
})

describe('a start announcement that fails behind a shut gate', () => {
  test('lets the gate be shut again, which was opened for it', () => {
    const call = joinedBehindShutGate(pausable(ANNOUNCED))
    expect(told(promptFinished(call, 'recording-started', 'failed'))).toEqual(['close gate (3)'])
  })

  test('releases the call all the same where the organization wants that', () => {
    const call = talk(
      answer(given({ settings: { alice: pausable(), carol: pausable(ANNOUNCED) }, rules: { failureBehavior: 'end-call' }, capabilities: { gate: true } })),
      5_000,
    )
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    join(call, 'carol', 6_000)
    expect(told(promptFinished(call, 'recording-started', 'failed'))).toEqual(['close gate (3)', 'release call: announcement-failed'])
  })
})
