import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS, retentionVerdict, type RetentionFacts } from './retention.ts'

const ENDED = Date.parse('2026-03-02T10:00:00Z')
const DAY = 86_400_000
const facts = (over: Partial<RetentionFacts> = {}): RetentionFacts => ({
  endedAtMs: ENDED,
  tier: { name: 'go', sinceMs: 0 },
  legalHold: false,
  notKept: false,
  deletionDueAtMs: null,
  ...over,
})

describe('when a recording goes', () => {
  test('on Go: 720 hours after it ended, whatever the calendar does meanwhile', () => {
    expect(retentionVerdict(facts())).toEqual({ kind: 'due', dueAtMs: ENDED + 30 * DAY, why: 'go-tier-expired' })
    expect(GO_RETENTION_MS).toBe(720 * 60 * 60 * 1_000)
    // Summer time begins on 29 March 2026 in much of Europe: an hour of UTC stays an hour.
    expect(new Date(ENDED + GO_RETENTION_MS).toISOString()).toBe('2026-04-01T10:00:00.000Z')
  })

  test('on Go since a while after: 720 hours after that', () => {
    expect(retentionVerdict(facts({ tier: { name: 'go', sinceMs: ENDED + 5 * DAY } }))).toMatchObject({ dueAtMs: ENDED + 35 * DAY })
  })

  test('on Go since the very millisecond of its end: from then', () => {
    expect(retentionVerdict(facts({ tier: { name: 'go', sinceMs: ENDED } }))).toMatchObject({ dueAtMs: ENDED + 30 * DAY })
  })

  test('not kept: at once, whatever the tier', () => {
    for (const tier of [null, { name: 'go', sinceMs: 0 }, { name: 'standard', sinceMs: 0 }, { name: 'ai', sinceMs: 0 }, { name: 'gold', sinceMs: 0 }]) {
      expect(retentionVerdict(facts({ tier, notKept: true }))).toEqual({ kind: 'due', dueAtMs: ENDED, why: 'not-kept' })
    }
  })
})

describe('when it stays', () => {
  test.each<[string, Partial<RetentionFacts>]>([
    ['live', { endedAtMs: null }],
    ['legal-hold', { legalHold: true }],
    ['legal-hold', { legalHold: true, notKept: true }],
    ['paid-tier', { tier: { name: 'standard', sinceMs: 0 } }],
    ['paid-tier', { tier: { name: 'ai', sinceMs: 0 } }],
    ['unknown-tier', { tier: { name: 'Go', sinceMs: 0 } }],
    ['unknown-tier', { tier: { name: '', sinceMs: 0 } }],
    ['unknown-owner', { tier: null }],
  ])('%s: %o', (why, over) => {
    expect(retentionVerdict(facts(over))).toEqual({ kind: 'keep', why })
  })

  test('of two reasons the earlier counts: the free tier’s time, or the end of the time in the bin', () => {
    const dueAtMs = ENDED + 30 * DAY
    const goes = (deletionDueAtMs: number, name = 'go') => retentionVerdict(facts({ deletionDueAtMs, tier: { name, sinceMs: 0 } }))
    expect(goes(dueAtMs - 1)).toEqual({ kind: 'due', dueAtMs: dueAtMs - 1, why: 'deletion-requested' })
    expect(goes(dueAtMs)).toEqual({ kind: 'due', dueAtMs, why: 'go-tier-expired' })
    expect(goes(dueAtMs + 1)).toEqual({ kind: 'due', dueAtMs, why: 'go-tier-expired' })
    expect(goes(dueAtMs + 1, 'standard')).toEqual({ kind: 'due', dueAtMs: dueAtMs + 1, why: 'deletion-requested' })
    expect(goes(0)).toEqual({ kind: 'due', dueAtMs: ENDED, why: 'deletion-requested' })
  })

  test('nothing but Go, a recording that was not kept, or one whose deletion was asked for is ever due, and never before its end', () => {
    const any = fc.record({
      endedAtMs: fc.option(fc.nat()),
      tier: fc.option(fc.record({ name: fc.oneof(fc.constantFrom('go', 'standard', 'ai'), fc.string()), sinceMs: fc.nat() })),
      legalHold: fc.boolean(),
      notKept: fc.boolean(),
      deletionDueAtMs: fc.option(fc.nat()),
    })
    fc.assert(
      fc.property(any, (some) => {
        const verdict = retentionVerdict(some)
        if (verdict.kind === 'keep') return
        expect(some.legalHold).toBe(false)
        expect(some.notKept || some.tier?.name === 'go' || some.deletionDueAtMs !== null).toBe(true)
        expect(verdict.dueAtMs).toBeGreaterThanOrEqual(some.endedAtMs ?? Number.POSITIVE_INFINITY)
        if (verdict.why === 'deletion-requested') expect(verdict.dueAtMs).toBeGreaterThanOrEqual(some.deletionDueAtMs ?? Number.POSITIVE_INFINITY)
        if (verdict.why === 'go-tier-expired') expect(verdict.dueAtMs - GO_RETENTION_MS).toBeGreaterThanOrEqual(some.tier?.sinceMs ?? 0)
      }),
    )
  })
})
