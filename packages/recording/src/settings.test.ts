import { describe, expect, test } from 'vitest'
import { CONTROLS_BY_MODE, DEFAULT_SETTINGS, MODES, orgRulesSchema, settingsSchema } from './settings.ts'

describe('a user’s settings', () => {
  test('before anyone chose: never recorded, announced, a tone every 20 seconds, every kind of call', () => {
    expect(DEFAULT_SETTINGS).toEqual({
      mode: 'never',
      startStopAnnouncement: { internal: true, pstn: true },
      pauseResumeNotification: 'none',
      tone: { enabled: true, intervalSeconds: 20 },
      voicemail: false,
      calls: { inboundInternal: true, inboundExternal: true, outboundInternal: true, outboundExternal: true },
    })
  })

  test.each<[unknown, string]>([
    [9, 'must be 10 to 90 seconds'],
    [91, 'must be 10 to 90 seconds'],
    [0, 'must be 10 to 90 seconds'],
    [-20, 'must be 10 to 90 seconds'],
    [20.5, 'must be whole seconds'],
    [Number.NaN, 'must be whole seconds'],
    [Number.POSITIVE_INFINITY, 'must be whole seconds'],
    ['20', 'must be whole seconds'],
  ])('a tone every %s seconds is refused, and where and why is said: %s', (intervalSeconds, why) => {
    const refused = settingsSchema.safeParse({ tone: { intervalSeconds } })
    expect(refused.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([['tone.intervalSeconds', why]])
  })

  test.each([10, 20, 90])('a tone every %i seconds is taken, and is on', (intervalSeconds) => {
    expect(settingsSchema.parse({ tone: { intervalSeconds } }).tone).toEqual({ enabled: true, intervalSeconds })
  })

  test('a tone that is switched off keeps its interval', () => {
    expect(settingsSchema.parse({ tone: { enabled: false } }).tone).toEqual({ enabled: false, intervalSeconds: 20 })
  })

  test('a word that is none, a field that is none, or a part of the switches is refused', () => {
    for (const wrong of [
      { mode: 'Always' },
      { mode: 'sometimes' },
      { pauseResumeNotification: 'Beep' },
      { colour: 'red' },
      { calls: { inboundInternal: true } },
      { startStopAnnouncement: { pstn: false } },
      { voicemail: 1 },
    ]) {
      expect(settingsSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false)
    }
  })

  test('every mode says what a user may press', () => {
    for (const mode of MODES) expect(settingsSchema.parse({ mode }).mode).toBe(mode)
    expect(Object.keys(CONTROLS_BY_MODE).toSorted()).toEqual([...MODES].toSorted())
  })
})

describe('an organization’s rules', () => {
  test('by default proceed and say so, leave emergency calls alone, end silence after two minutes, cut a segment a minute', () => {
    expect(orgRulesSchema.parse({})).toEqual({ failureBehavior: 'proceed-with-announcement', recordEmergency: false, idleEndSeconds: 120, segmentSeconds: 60 })
  })

  test.each([
    { idleEndSeconds: 29 },
    { idleEndSeconds: 3_601 },
    { segmentSeconds: 0 },
    { segmentSeconds: 121 },
    { segmentSeconds: 1.5 },
    { failureBehavior: 'hang-up' },
  ])('%o is refused', (rules) => {
    expect(orgRulesSchema.safeParse(rules).success).toBe(false)
  })

  test.each([{ idleEndSeconds: 30 }, { idleEndSeconds: 3_600 }, { segmentSeconds: 1 }, { segmentSeconds: 120 }, { recordEmergency: true }])(
    '%o is taken',
    (rules) => {
      expect(orgRulesSchema.parse(rules)).toMatchObject(rules)
    },
  )
})
