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

// Mostly short pieces put in and some taken out; intersections leave something, or the set would be empty every third step.
const short = (kind: string): fc.Arbitrary<Step> =>
  fc.tuple(bound, fc.integer({ min: 0, max: 5 })).map(([from, length]) => ({ kind, from, to: Math.min(SPACE, from + length) }))
const wide = fc.tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 25, max: SPACE })).map(([from, to]) => ({ kind: 'intersect', from, to }))
const history = fc.array(
  fc.oneof({ weight: 6, arbitrary: short('add') }, { weight: 3, arbitrary: short('subtract') }, { weight: 1, arbitrary: wide }, { weight: 1, arbitrary: step }),
  { maxLength: 30, size: 'max' },
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
      const gaps = missing(set, from, to)
      expect(held(gaps)).toEqual(model.map((value, i) => !value && inside(i, from, to)))
      for (const [start, end] of gaps) expect(start).toBeLessThan(end)
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

test('taking out the middle leaves both sides, and of several pieces the ends', () => {
  expect(subtract([[0, 10]], 3, 5)).toEqual([
    [0, 3],
    [5, 10],
  ])
  const pieces: IntervalSet = [
    [0, 4],
    [6, 8],
    [10, 14],
  ]
  expect(subtract(pieces, 2, 12)).toEqual([
    [0, 2],
    [12, 14],
  ])
  expect(intersect(pieces, 2, 12)).toEqual([
    [2, 4],
    [6, 8],
    [10, 12],
  ])
})

test('what asks for exactly what there is, or for nothing, gets the set itself', () => {
  const set: IntervalSet = [
    [2, 4],
    [6, 8],
  ]
  expect(intersect(set, 2, 8)).toBe(set)
  expect(add(set, 6, 8)).toBe(set)
  expect(add(set, 3, 3)).toBe(set)
  expect(subtract(set, 4, 6)).toBe(set)
  expect(subtract(set, 3, 3)).toBe(set)
  expect(intersect(set, 3, 3)).toEqual([])
  expect(missing(set, 4, 4)).toEqual([])
})
