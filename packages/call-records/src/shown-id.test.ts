import { expect, test } from 'vitest'
import { shownId } from './shown-id.ts'

test('an id that is a phone number is told by its number of digits', () => {
  for (const id of ['+12025550123', '12025550123', 'tel:+12025550123', 'sip:+12025550123@example.org;user=phone', '+1 (202) 555-0123'])
    expect(shownId(id)).toBe('(11 digits)')
})

test('any other id is told as it is', () => {
  for (const id of ['call-12025550123', '1795975407.218', 'SSE0901151-250126@10.0.0.1', '4f1c6b1e-7c1b-4b7e-9e55-2b1d0a6f3f10', null])
    expect(shownId(id)).toBe(id)
})
