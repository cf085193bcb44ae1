import { expect, test } from 'vitest'
import { pseudonyms } from './pseudonyms.ts'

const names = pseudonyms(new Uint8Array(32).fill(7), 'call-1')

test('the id of a prompt still counts within the call', () => {
  expect(names.prompt('call-1/p12')).toBe(`${names.of('call-1')}/p12`)
})

test('an extension or a telephone number behind the call id is replaced like any other', () => {
  for (const id of ['call-1/4711', 'call-1/p4711', 'call-1/12025550123', 'call-1/5550123', 'call-1/t4930123456', 'call-1/+12025550123'])
    expect(names.of(id)).toMatch(/^x[0-9a-f]{12}$/)
  for (const id of ['call-1/4711', 'call-1/p12025550123', 'call-2/p4711', 'p4711']) expect(names.prompt(id)).toMatch(/^x[0-9a-f]{12}$/)
})
