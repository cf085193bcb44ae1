import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, given, hangUp, media, press, promptFinished, talk, type Given } from './testing/call.ts'
import { captured, commands, endings, told } from './testing/seen.ts'

const every = (intervalSeconds: number): SettingsInput => ({ mode: 'always-pause-resume', tone: { enabled: true, intervalSeconds } })
const tonesOf = (given_: Given, untilMs: number): number[] => commands(talk(answer(given(given_)), untilMs), 'prompt.play').map(({ atMs }) => atMs)

describe('the repeat tone', () => {
  test.each([10, 20, 90])('comes every %i s of recording', (seconds) => {
    const interval = seconds * 1_000
    expect(tonesOf({ settings: { alice: every(seconds) } }, 3 * interval + 500)).toEqual([interval, 2 * interval, 3 * interval])
  })

  test('expires after a while, and is never an announcement that waits', () => {
    const call = talk(answer(given({ settings: { alice: every(10) } })), 10_000)
    expect(commands(call, 'prompt.play')).toMatchObject([{ prompt: 'tone', atMs: 10_000, expiresAtMs: 13_000 }])
  })

  test('is on every 20 s unless the user chose otherwise, and not at all when switched off', () => {
    expect(tonesOf({ settings: { alice: { mode: 'always', tone: { enabled: true } } } }, 45_000)).toEqual([20_000, 40_000])
    expect(tonesOf({ settings: { alice: { mode: 'always', tone: { enabled: false } } } }, 45_000)).toEqual([])
  })

  test('is never played on an emergency call, nor by a platform that plays nothing', () => {
    expect(tonesOf({ settings: { alice: every(10) }, callType: 'emergency', rules: { recordEmergency: true } }, 45_000)).toEqual([])
    expect(tonesOf({ settings: { alice: every(10) }, capabilities: { prompts: 'none' } }, 45_000)).toEqual([])
  })

  test('counts recording time: not while paused, and goes on counting after', () => {
    const call = talk(answer(given({ settings: { alice: every(10) } })), 7_000)
    press(call, 'alice', 'pause')
    press(talk(call, 47_000), 'alice', 'resume')
    talk(call, 60_500)
    expect(commands(call, 'prompt.play').map(({ atMs }) => atMs)).toEqual([50_000, 60_000])
  })

  test('a pause that comes late never makes the next one wait longer than its interval', () => {
    const call = talk(answer(given({ settings: { alice: every(10) } })), 25_000)
    press(call, 'alice', 'pause', 5_000)
    press(call, 'alice', 'resume')
    talk(call, 40_000)
    expect(commands(call, 'prompt.play').map(({ atMs }) => atMs)).toEqual([10_000, 20_000, 35_000])
  })

  test('after a jump of the clock comes once, and at once', () => {
    const call = talk(answer(given({ settings: { alice: every(10) } })), 9_000)
    media(call, 38_000, 39_000)
    expect(told(call.latest)).toEqual(['play tone at 39000'])
    talk(call, 60_000)
    expect(commands(call, 'prompt.play').map(({ atMs }) => atMs)).toEqual([39_000, 49_000, 59_000])
  })

  test.each([
    ['2999 ms too late is played as if in time', 12_999, 10_000],
    ['3000 ms too late would have expired, and is played now', 13_000, 13_000],
  ])('that is due and %s', (_, clockMs, atMs) => {
    const call = talk(answer(given({ settings: { alice: every(10) } })), 9_000)
    media(call, 9_000, clockMs)
    expect(commands(call, 'prompt.play')).toMatchObject([{ atMs, expiresAtMs: atMs + 3_000 }])
  })

  test('of one owner starts none for another who chose none, or who has paused', () => {
    const quiet = talk(answer(given({ settings: { alice: every(10), bob: { mode: 'always' } } })), 15_000)
    hangUp(quiet, 'alice', 15_000)
    talk(quiet, 60_000, ['bob'])
    expect(commands(quiet, 'prompt.play').map(({ atMs }) => atMs)).toEqual([10_000])

    const paused = talk(answer(given({ settings: { alice: every(10), bob: every(10) } })), 5_000)
    press(paused, 'bob', 'pause')
    hangUp(talk(paused, 15_000), 'alice', 15_000)
    talk(paused, 60_000, ['bob'])
    expect(commands(paused, 'prompt.play').map(({ atMs }) => atMs)).toEqual([10_000])
  })

  test('is heard in a silent call, whose clock moves in steps of ten seconds', () => {
    const call = answer(given({ settings: { alice: every(20) } }))
    for (let at = 9_000; at < 60_000; at += 10_000) media(call, at, at)
    for (const { atMs, expiresAtMs } of commands(call, 'prompt.play')) expect(expiresAtMs).toBe(atMs + 3_000)
    expect(commands(call, 'prompt.play').map(({ atMs }) => atMs)).toEqual([29_000, 49_000])
  })

  test('serves every owner who records: two owners hear no more than one would', () => {
    expect(tonesOf({ settings: { alice: every(10), bob: every(10) } }, 25_000)).toEqual([10_000, 20_000])
    expect(tonesOf({ settings: { alice: every(10), bob: every(25) } }, 45_000)).toEqual([10_000, 20_000, 30_000, 40_000])
  })

  test('comes in time though the platform never answers for the one before', () => {
    expect(tonesOf({ settings: { alice: every(10) } }, 60_500)).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  })

  test('what was played is counted and told; what expired is told; speech under it is recorded', () => {
    const call = talk(answer(given({ settings: { alice: every(10) } })), 10_000)
    promptFinished(call, 'tone', { fromMs: 10_200, toMs: 10_400 })
    talk(call, 20_000)
    promptFinished(call, 'tone', 'expired')
    end(talk(call, 25_000), 25_000)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { tones: 1, prompts: 0, capturedMs: 25_000 } }])
    expect(captured(call, 'alice')).toEqual([[0, 25_000]])
  })
})
