import { describe, expect, it } from 'vitest'
import { MODES } from '@twinreel/recording/settings'
import { generatePlans } from './generate.ts'
import { plannedLengthMs } from './plan.ts'

describe('a generated simulation', () => {
  it('is the same for the same seed, and another for another', () => {
    const options = { seed: 11, calls: 60, users: 20 }
    expect(generatePlans(options)).toEqual(generatePlans(options))
    expect(generatePlans(options).plans[5]?.actions).not.toEqual(generatePlans({ ...options, seed: 12 }).plans[5]?.actions)
  })

  it('has calls of exactly the length asked for', () => {
    for (const callSeconds of [1, 7, 180]) {
      const { plans } = generatePlans({ seed: 1, calls: 48, users: 10, callSeconds })
      expect(new Set(plans.map(plannedLengthMs))).toEqual(new Set([callSeconds * 1_000]))
    }
  })

  it('has users of all modes, tiers and notifications, and calls of all kinds', () => {
    const { people, plans } = generatePlans({ seed: 2, calls: 200, users: 30 })
    expect(people.orgId).toBe('sim-2')
    expect(new Set(people.users.map(({ settings }) => settings.mode))).toEqual(new Set(MODES))
    expect(new Set(people.users.map(({ tier }) => tier)).size).toBe(3)
    expect(new Set(people.users.map(({ settings }) => settings.pauseResumeNotification)).size).toBe(3)
    expect(new Set(plans.map(({ callType }) => callType))).toEqual(new Set(['pstn', 'internal', 'emergency', 'fax']))
    expect(new Set(plans.map(({ direction }) => direction)).size).toBe(3)
    expect(new Set(plans.map(({ answeredBy }) => answeredBy.kind)).size).toBe(2)
    const done = plans.flatMap(({ actions }) => actions.map((action) => (action.do === 'control' ? action.control : action.do)))
    expect(new Set(done)).toEqual(new Set(['hang-up', 'start', 'stop', 'pause', 'resume', 'hold', 'retrieve', 'join', 'leave', 'renegotiate']))
    expect(new Set(plans.flatMap(({ streams }) => streams.map(({ codec, sampleRateHz }) => `${codec} ${sampleRateHz}`))).size).toBe(4)
  })

  it('makes do with a single user', () => {
    expect(generatePlans({ seed: 3, calls: 48, users: 1 }).plans).toHaveLength(48)
  })

  it('has nothing but µ-law when asked', () => {
    const { plans } = generatePlans({ seed: 3, calls: 100, users: 5, mixedFormats: false })
    expect(new Set(plans.flatMap(({ streams }) => streams.map(({ codec }) => codec)))).toEqual(new Set(['PCMU']))
  })

  it('refuses numbers that make no simulation, by name', () => {
    expect(() => generatePlans({ seed: 1, calls: 0, users: 1 })).toThrow('calls is 0')
  })
})
