import { describe, expect, test } from 'vitest'
import { openObligations, timerAfterMs } from './obligations.ts'
import type { CallState } from './state.ts'
import { answer, end, gate, given, hangUp, join, media, press, promptFinished, silence, talk, type Call } from './testing/call.ts'
import { effectsOf } from './testing/seen.ts'

const stateOf = (call: Call): CallState => {
  if (call.state === null) throw new Error('no call')
  return call.state
}
const begun = (): Call =>
  answer(
    given({
      settings: { alice: { mode: 'always-pause-resume', startStopAnnouncement: { internal: true, pstn: true }, pauseResumeNotification: 'beep' } },
      capabilities: { gate: true, indicator: true },
    }),
  )

describe('what is still owed', () => {
  test('is what was asked for and not answered, under the ids and in the words it was asked in', () => {
    const call = begun()
    const asked = (): unknown[] => effectsOf(call, 'command').map(({ id, command }) => ({ id, command }))
    expect(openObligations(stateOf(call))).toEqual(asked())
    promptFinished(talk(call, 3_000), 'recording-started', { fromMs: 0, toMs: 2_000 })
    press(call, 'alice', 'pause')
    const owed = openObligations(stateOf(call))
    expect(owed.map(({ command }) => command.type)).toEqual(['gate.close', 'indicator.update'])
    for (const one of owed) expect(asked()).toContainEqual(one)
    gate(call, 'closed', 3_100)
    expect(openObligations(stateOf(call)).map(({ command }) => command.type)).toEqual(['prompt.play', 'indicator.update'])
    promptFinished(call, 'pause-beep', 'failed')
    press(call, 'alice', 'resume')
    promptFinished(call, 'resume-beep', 'failed')
    expect(openObligations(stateOf(call)).map(({ command }) => command.type)).toEqual(['gate.open', 'indicator.update'])
  })

  test('is nothing that the platform can’t do', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always' } } })), 1_000)
    expect(openObligations(stateOf(call))).toEqual([])
  })

  test('never goes by the id of another: each state of icon and gate has its own', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } }, capabilities: { gate: true, indicator: true } })), 1_000)
    for (let i = 0; i < 3; i++) {
      press(call, 'alice', 'pause')
      gate(call, 'closed', 1_000)
      press(call, 'alice', 'resume')
      gate(call, 'opened', 1_000)
    }
    const ids = effectsOf(call, 'command').map(({ id }) => id)
    expect(ids).toHaveLength(13)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => !id.startsWith('call-1/'))).toEqual([])
  })

  test('is nothing for an icon that was never shown, before the answer, and after the end', () => {
    const call = given({ settings: { alice: { mode: 'never' } }, capabilities: { indicator: true } })
    expect(openObligations(stateOf(call))).toEqual([])
    expect(openObligations(stateOf(answer(call)))).toEqual([])
    const over = begun()
    end(over, 0)
    expect(openObligations(stateOf(over))).toEqual([])
    const silent = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } }, capabilities: { gate: true, indicator: true } })), 1_000)
    press(silent, 'alice', 'pause')
    silence(silent, 120_000)
    expect(openObligations(stateOf(silent))).toEqual([])
  })
})

describe('when a timer is owed', () => {
  test.each<[string, number | null, () => Call]>([
    ['an unanswered call', 3_600_000, () => given({ settings: {} })],
    ['a prompt that is playing', 15_000, begun],
    [
      'a gate that is being shut',
      5_000,
      () => {
        const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } }, capabilities: { gate: true } })), 1_000)
        press(call, 'alice', 'pause')
        return call
      },
    ],
    ['a prompt that has been playing for 4 s', 11_000, () => talk(begun(), 4_000)],
    [
      'a tone, which has 3 s to be heard',
      18_000,
      () => talk(answer(given({ settings: { alice: { mode: 'always', tone: { enabled: true, intervalSeconds: 10 } } } })), 10_000),
    ],
    [
      'a beep for a pause that came late',
      15_000,
      () => {
        const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume', pauseResumeNotification: 'beep' } } })), 40_000)
        press(call, 'alice', 'pause', 20_000)
        return call
      },
    ],
    [
      'a gate that has been opening for 2 s',
      3_000,
      () => {
        const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } }, capabilities: { gate: true } })), 1_000)
        press(call, 'alice', 'pause')
        gate(call, 'closed', 1_000)
        press(call, 'alice', 'resume')
        return talk(call, 3_000)
      },
    ],
    ['a call that goes on', 120_000, () => answer(given({ settings: {} }))],
    ['a call that goes on, by its organization’s rule', 30_000, () => answer(given({ settings: { alice: {} }, rules: { idleEndSeconds: 30 } }))],
    [
      'an end that waits for audio',
      2_000,
      () => {
        const call = answer(given({ settings: { alice: { mode: 'always' } } }))
        end(call, 1_000)
        return call
      },
    ],
    [
      'a silent call',
      3_600_000,
      () => {
        const call = answer(given({ settings: {} }))
        silence(call, 120_000)
        return call
      },
    ],
    [
      'a closed call',
      null,
      () => {
        const call = answer(given({ settings: {} }))
        end(call, 0)
        return call
      },
    ],
  ])('%s: after %s ms', (_, afterMs, make) => {
    expect(timerAfterMs(stateOf(make()))).toBe(afterMs)
  })

  test('a timer that comes when it is owed always moves something', () => {
    const call = begun()
    const seen: string[] = []
    for (let i = 0; i < 20; i++) {
      const afterMs = timerAfterMs(stateOf(call))
      if (afterMs === null) break
      const before = JSON.stringify(call.state)
      silence(call, afterMs)
      expect(JSON.stringify(call.state)).not.toBe(before)
      seen.push(stateOf(call).phase)
    }
    expect(seen.at(-1)).toBe('closed')
  })
})

describe('what can grow is bounded', () => {
  test('prompts that nobody answers, pressed for on a clock that stands still', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume', pauseResumeNotification: 'announcement' } } })), 1_000)
    for (let i = 0; i < 600; i++) for (const control of ['pause', 'resume'] as const) press(call, 'alice', control)
    expect(call.state?.prompts).toHaveLength(32)
    expect(call.state?.owners['alice']?.recordings[0]?.marks.length).toBeLessThanOrEqual(512)
    join(call, 'carol', 1_000)
    end(talk(call, 40_000), 40_000)
    expect(JSON.stringify(call.state).length).toBeLessThan(50_000)
  })

  test('a paused recording of a busy call', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' } } })), 1_000)
    press(call, 'alice', 'pause')
    for (let at = 1_000; at < 400_000; at += 500) {
      call.tell(at % 1_000 === 0 ? 'call.held' : 'call.retrieved', { participantId: 'bob', atMs: at })
      media(call, at, at + 500)
    }
    expect(call.state?.held.length).toBeLessThan(5)
    expect(JSON.stringify(call.state).length).toBeLessThan(100_000)
    hangUp(call, 'alice', 400_000)
    expect(effectsOf(call, 'recording.ended')[0]?.tail.marks.at(-1)?.what.kind).toBe('ended')
  })
})
