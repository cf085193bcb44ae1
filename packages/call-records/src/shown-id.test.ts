import { expect, test } from 'vitest'
import { shapeOf, shownId } from './shown-id.ts'

test('an id that is a phone number is told by its number of digits', () => {
  for (const id of ['+12025550123', '12025550123', 'tel:+12025550123', 'sip:+12025550123@example.org;user=phone', '+1 (202) 555-0123'])
    expect(shownId(id)).toBe('(11 digits)')
  for (const id of ['030 1234567', '(030) 1234567', '030/1234567', '202-555-0123', '(202) 555-0123', '202.555.0123', '030 12 34 567'])
    expect(shownId(id)).toBe('(10 digits)')
})

test('any other id is told as it is', () => {
  for (const id of [
    'call-12025550123',
    '1795975407.218',
    'SSE0901151-250126@10.0.0.1',
    '2026-01-31-0042',
    '20260131.4711',
    '4f1c6b1e-7c1b-4b7e-9e55-2b1d0a6f3f10',
    null,
  ])
    expect(shownId(id)).toBe(id)
})

test('a cell’s shape tells what kind of thing it is, and nothing of it', () => {
  expect(['+49 (30) 1234-567', 'Zoë.Müller@example.org', '4f1c6b1e-7c1b', '٤٢'].map(shapeOf)).toEqual([
    '"+99 (99) 9999-999"',
    '"aaa.aaaaaa@aaaaaaa.aaa"',
    '"9a9a9a9a-9a9a"',
    '"99"',
  ])
  expect(shapeOf('x'.repeat(100))).toBe(`"${'a'.repeat(40)}…"`)
})
