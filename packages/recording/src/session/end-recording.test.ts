import { expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, gate, given, press, talk, type Call } from './testing/call.ts'
import { endings, marks, told } from './testing/seen.ts'

const ON_DEMAND: SettingsInput = { mode: 'on-demand-user-start' }
const recording = (alice: SettingsInput = ON_DEMAND, isGated = false): Call => {
  const call = answer(given({ settings: { alice }, capabilities: { gate: isGated } }))
  press(call, 'alice', 'start')
  return talk(call, 5_000)
}

test('a recording that was stopped a moment before the call’s end ends where it was stopped', () => {
  const call = recording()
  press(call, 'alice', 'stop')
  end(talk(call, 6_000), 6_000)
  expect(endings(call, 'alice')).toMatchObject([{ reason: 'stopped', atMs: 5_000, totals: { capturedMs: 5_000 } }])
  expect(marks(call, 'alice').at(-1)).toMatchObject({ atMs: 5_000, what: { kind: 'ended', reason: 'stopped' } })
})

test('no tone is heard after the stop', () => {
  const call = recording({ ...ON_DEMAND, tone: { enabled: true, intervalSeconds: 10 } })
  press(call, 'alice', 'stop')
  talk(call, 30_000)
  expect(told(call).filter((line) => line.includes('tone'))).toEqual([])
})

test('a pause that is followed by a stop before the gate is shut is not told any more', () => {
  const call = recording({ ...ON_DEMAND, pauseResumeNotification: 'beep' }, true)
  press(call, 'alice', 'pause')
  expect(told(press(call, 'alice', 'stop'))).toEqual(['open gate (2)'])
  gate(call, 'closed', 5_100, 1)
  expect(told(call)).toEqual(['close gate (1)', 'open gate (2)'])
})

test('a recording that ends while its resume is announced was paused until then', () => {
  const call = recording({ ...ON_DEMAND, pauseResumeNotification: 'announcement' })
  press(call, 'alice', 'pause')
  press(talk(call, 8_000), 'alice', 'resume')
  end(talk(call, 9_000), 9_000)
  expect(endings(call, 'alice')).toMatchObject([{ tail: { paused: [[5_000, 9_000]] }, totals: { capturedMs: 5_000, pausedMs: 4_000 } }])
})

test('a pause at the very end is none', () => {
  const call = recording()
  press(call, 'alice', 'pause')
  end(call, 5_000)
  expect(endings(call, 'alice')).toMatchObject([{ tail: { paused: [] }, totals: { pausedMs: 0 } }])
})
