import fc from 'fast-check'
import { expect, test } from 'vitest'
import { add, contains, intersect, missing, subtract, total } from './intervals.ts'
import type { IntervalSet } from './intervals.ts'

const SPACE = 40
const bound = fc.integer({ min: 0, max: SPACE })
const step = fc.record({ kind: fc.constantFrom('add', 'subtract', 'intersect'), from: bound, to: bound })
type Step = { kind: string; from: number; to: number }

function inside(value: number, from: number, to: number): boolean {
  return from <= value && value < to
}

function held(set: IntervalSet): boolean[] {
  return Array.from({ length: SPACE }, (_, value) => set.some(([from, to]) => inside(value, from, to)))
}

function apply(set: IntervalSet, { kind, from, to }: Step): IntervalSet {
  return kind === 'add' ? add(set, from, to) : kind === 'subtract' ? subtract(set, from, to) : intersect(set, from, to)
}

function applyToModel(model: boolean[], { kind, from, to }: Step): boolean[] {
  return model.map((was, value) => {
    const meant = inside(value, from, to)
    return kind === 'add' ? was || meant : kind === 'subtract' ? was && !meant : was && meant
  })
}

// Mostly additions, or an intersection would empty the set every third step.
const history = fc.array(
  fc.oneof({ weight: 4, arbitrary: step.map((s) => ({ ...s, kind: 'add', to: Math.min(s.to, s.from + 4) })) }, { weight: 1, arbitrary: step }),
  { maxLength: 20 },
)

test('sets hold what a row of booleans holds, sorted and apart, after any history', () => {
  fc.assert(
    fc.property(history, (steps) => {
      let set: IntervalSet = []
      let model = held(set)
      for (const one of steps) {
        const before = structuredClone(set)
        const after = apply(set, one)
        expect(set).toEqual(before)
        const expected = applyToModel(model, one)
        expect(held(after)).toEqual(expected)
        expect(after === set).toBe(expected.every((value, i) => value === model[i]))
        after.forEach(([from, to], i) => {
          expect(from).toBeLessThan(to)
          expect(from).toBeGreaterThan(after[i - 1]?.[1] ?? -1)
        })
        set = after
        model = expected
      }
    }),
  )
})

test('gaps, totals and membership agree with a row of booleans', () => {
  fc.assert(
    fc.property(history, bound, bound, (steps, from, to) => {
      const set = steps.reduce(apply, [] as IntervalSet)
      const model = held(set)
      expect(held(missing(set, from, to))).toEqual(model.map((value, i) => !value && inside(i, from, to)))
      expect(total(set)).toBe(model.filter(Boolean).length)
      expect(model.map((_, value) => contains(set, value))).toEqual(model)
    }),
  )
})

test('neighbours that touch become one', () => {
  expect(add([[0, 8000]], 8000, 16000)).toEqual([[0, 16000]])
  expect(
    add(
      [
        [0, 2],
        [4, 6],
      ],
      2,
      4,
    ),
  ).toEqual([[0, 6]])
  expect(
    missing(
      [
        [0, 2],
        [4, 6],
      ],
      1,
      9,
    ),
  ).toEqual([
    [2, 4],
    [6, 9],
  ])
})
