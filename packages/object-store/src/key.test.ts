import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkKey, compareKeys, faultOfKey } from './key.ts'

test.each(['recordings/org/owner/id/00000.wav', 'a', 'über/日本/📞', 'a..b/c.', `${'x'.repeat(255)}/y`])('takes %s', (key) => {
  expect(faultOfKey(key)).toBeNull()
})

test.each([
  ['', 'it is empty'],
  ['../secret', 'a part begins with a dot'],
  ['a/../../b', 'a part begins with a dot'],
  ['a/./b', 'a part begins with a dot'],
  ['.tmp/x', 'a part begins with a dot'],
  ['/etc/passwd', 'a part between slashes is empty'],
  ['a//b', 'a part between slashes is empty'],
  ['a/', 'a part between slashes is empty'],
  ['a\\b', 'it has a backslash or a control character'],
  ['a\0b', 'it has a backslash or a control character'],
  ['a\nb', 'it has a backslash or a control character'],
  ['a\ud800', 'it is no well-formed Unicode'],
  ['x'.repeat(256), 'a part is longer than 255 bytes'],
  ['ä'.repeat(128), 'a part is longer than 255 bytes'],
  ['abcd/'.repeat(250), 'it is longer than 1024 bytes'],
])('refuses %j', (key, fault) => {
  expect(() => checkKey(key)).toThrow(fault)
})

test('orders keys as their UTF-8 bytes', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})
