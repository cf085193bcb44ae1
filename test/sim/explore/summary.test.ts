import { describe, expect, test } from 'vitest'
import { FAULT_KINDS } from '../engine/fault-kinds.ts'
import type { TwiceResult } from './run-twice.ts'
import { addResult, emptySummary, isSound, tableOf, type Summary } from './summary.ts'

const everyKind = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 2]))

function after(...results: Partial<TwiceResult>[]): Summary {
  const summary = emptySummary()
  const totals = { calls: 3, recordings: 2, segments: 4, purged: 1, capturedMs: 9_000, lives: 5 }
  for (const [seed, result] of results.entries()) addResult(summary, { seed, violations: [], traceHash: '', fired: {}, totals, tookMs: 1, ...result })
  return summary
}

describe('what came of many seeds is sound', () => {
  test('when nothing is violated and every kind of fault fired, in whichever seed', () => {
    const half = FAULT_KINDS.slice(0, 10)
    const rest = Object.fromEntries(FAULT_KINDS.slice(10).map((kind) => [kind, 1]))
    expect(isSound(after({ fired: Object.fromEntries(half.map((kind) => [kind, 1])) }, { fired: rest }))).toBe(true)
  })

  test.each(FAULT_KINDS)('not when %s never fired, and the kind is named', (kind) => {
    const { [kind]: _, ...others } = everyKind
    const summary = after({ fired: others }, { fired: others })
    expect(isSound(summary)).toBe(false)
    expect(summary.neverFired).toEqual([kind])
    expect(tableOf(summary)).toMatch(new RegExp(`^${kind} +0 +0$`, 'm'))
  })

  test('not when something is violated, when nothing was recorded or when nothing was purged', () => {
    expect(isSound(after({ fired: everyKind, violations: [{ check: 'audio', message: 'wrong' }] }))).toBe(false)
    for (const none of ['recordings', 'purged'] as const) {
      const totals = { calls: 3, recordings: 2, segments: 4, purged: 1, capturedMs: 9_000, lives: 5, [none]: 0 }
      expect(isSound(after({ fired: everyKind, totals }))).toBe(false)
    }
  })
})
