import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, gate, given, join, press, promptFinished, talk, type Call } from './testing/call.ts'
import { effectsOf, endings, markKinds, marks, told } from './testing/seen.ts'

const BEEPING: SettingsInput = { mode: 'always-pause-resume', pauseResumeNotification: 'beep' }
const live = (alice: SettingsInput, isGated = false): Call => talk(answer(given({ settings: { alice }, capabilities: { gate: isGated } })), 5_000)
const prompts = (call: Call) => marks(call, 'alice').flatMap(({ what }) => (what.kind === 'prompt' ? [what] : []))

describe('what became of a prompt is told in the recording', () => {
  test('one that failed, from when it was asked for until that was known', () => {
    const call = live(BEEPING)
    press(call, 'alice', 'pause', 4_000)
    promptFinished(call, 'pause-beep', 'failed')
    end(call, 5_000)
    expect(prompts(call)).toEqual([{ kind: 'prompt', prompt: 'pause-beep', outcome: 'failed', fromMs: 4_000, toMs: 5_000 }])
    expect(endings(call, 'alice')).toMatchObject([{ totals: { prompts: 0 } }])
  })

  test('a tone that nobody answered has expired, a beep is unanswered', () => {
    const call = live({ ...BEEPING, tone: { enabled: true, intervalSeconds: 10 } })
    talk(call, 12_000)
    press(call, 'alice', 'pause')
    end(talk(call, 40_000), 40_000)
    expect(prompts(call).map(({ prompt, outcome }) => `${prompt} ${outcome}`)).toEqual(['pause-beep unanswered', 'tone expired'])
  })

  test('one by one, though several are being played', () => {
    const call = live(BEEPING)
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    promptFinished(call, 'pause-beep', { fromMs: 5_000, toMs: 5_200 })
    promptFinished(call, 'resume-beep', { fromMs: 5_300, toMs: 5_500 })
    expect(effectsOf(call.latest, 'recording.resumed')).toMatchObject([{ atMs: 5_500 }])
  })
})

describe('an answer about the gate counts', () => {
  test('for the newest command alone', () => {
    const call = live(BEEPING, true)
    press(call, 'alice', 'pause')
    press(call, 'alice', 'resume')
    press(call, 'alice', 'pause')
    expect(told(call).slice(-1)).toEqual(['close gate (3)'])
    expect(told(gate(call, 'closed', 5_100, 1))).toEqual([])
    expect(told(gate(call, 'closed', 5_200, 3))).toEqual(['play pause-beep at 5200'])
  })

  test('only if it says what was asked for', () => {
    const call = live(BEEPING, true)
    press(call, 'alice', 'pause')
    gate(call, 'opened', 5_100, 1)
    expect(told(gate(call, 'closed', 5_200, 1))).toEqual(['play pause-beep at 5200'])
  })

  test('and when none comes to the opening, whoever joins then is recorded at once', () => {
    const call = talk(answer(given({ settings: { alice: { mode: 'always-pause-resume' }, carol: { mode: 'always' } }, capabilities: { gate: true } })), 5_000)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    press(call, 'alice', 'resume')
    join(talk(call, 20_000), 'carol', 20_000)
    expect(effectsOf(call.latest, 'recording.started')).toMatchObject([{ ownerId: 'carol', atMs: 20_000 }])
  })

  test('and when none comes, that is told once', () => {
    const call = live({ mode: 'always-pause-resume' }, true)
    press(call, 'alice', 'pause')
    gate(call, 'closed', 5_000)
    press(call, 'alice', 'resume')
    end(talk(call, 20_000), 20_000)
    expect(markKinds(call, 'alice').filter((kind) => kind === 'gate-unanswered')).toHaveLength(1)
  })
})
