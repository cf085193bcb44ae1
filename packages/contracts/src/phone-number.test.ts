import { expect, test } from 'vitest'
import { calledDigits, phoneDigits } from './phone-number.ts'

test('a telephone number is one, however it is written', () => {
  const written = ['+12025550123', '12025550123', 'tel:+12025550123', 'sip:+12025550123@10.0.0.1;user=phone', '12025550123@10.0.0.1', '+1 (202) 555-0123']
  for (const text of [...written, '1-202-555-0123', '1.202.555.0123', '1 202 555 0123', ' +12025550123 '])
    expect([text, phoneDigits(text)]).toEqual([text, '12025550123'])
  for (const text of ['030 1234567', '(030) 1234567', '030/1234567', '(202) 555-0123', '202.555.0123', '030 12 34 567'])
    expect([text, phoneDigits(text)]).toEqual([text, text.replaceAll(/\D/g, '')])
  expect(['(0201) 234567', '0201 2345678', '202-555-0123', '5550123'].map(phoneDigits)).toEqual(['0201234567', '02012345678', '2025550123', '5550123'])
})

test('other names and ids are none', () => {
  for (const text of [
    'ada',
    '4711',
    '112',
    'call-12025550123',
    '1795975407.218',
    '20260302-0001',
    '2026-01-31-0042',
    '20260131.4711',
    'SSE0901151-250126@10.0.0.1',
    '1234567890123456',
  ])
    expect([text, phoneDigits(text)]).toEqual([text, null])
  expect(phoneDigits('4f1c6b1e-7c1b-4b7e-9e55-2b1d0a6f3f10')).toBeNull()
  expect(phoneDigits('')).toBeNull()
})

test('the digits of an address are those before its host', () => {
  expect(calledDigits('sip:+12025550123@10.0.0.1:5060')).toBe('12025550123')
  expect(calledDigits('*21#')).toBe('21')
})
