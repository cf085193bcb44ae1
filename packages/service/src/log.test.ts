import { expect, test } from 'vitest'
import type { LogFields } from './log-fields.ts'
import { makeLogger, type Logger } from './log.ts'

function logger(level: 'debug' | 'info' = 'info'): { log: Logger; lines: () => Record<string, unknown>[]; text: () => string } {
  const written: string[] = []
  const log = makeLogger({ name: 'recorder', level, destination: { write: (line) => void written.push(line) } })
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>), text: () => written.join('') }
}

test('a line says when, who, how bad, what, and the fields that are allowed', () => {
  const { log, lines } = logger()
  log.info({ callId: 'call-1', durationMs: 12, reason: null }, 'call ended')
  expect(lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      name: 'recorder',
      callId: 'call-1',
      durationMs: 12,
      reason: null,
      msg: 'call ended',
    },
  ])
})

test('a phone number in a field that is not on the list does not come out, the field’s name does', () => {
  const { log, lines, text } = logger()
  const participant = { callId: 'call-1', number: '+15550123456', displayName: 'Ann Example' }
  log.child(participant).warn({ to: { digits: '5550123456' } } as LogFields, 'unexpected participant')
  expect(text()).not.toMatch(/5550123456|Ann/)
  expect(lines()[0]).toMatchObject({ callId: 'call-1', dropped: ['number', 'displayName', 'to'] })
})

test('a phone number in a message or in an error’s words is blanked, also in its causes', () => {
  const { log, lines, text } = logger()
  const error = new Error('can’t route +1 (555) 012-3456', { cause: new Error('5550123456 is busy') })
  log.error({ error }, 'call to 555-012-3456 failed')
  expect(text()).not.toMatch(/012-?3456/)
  expect(lines()[0]).toMatchObject({
    msg: 'call to [number] failed',
    error: { name: 'Error', message: 'can’t route [number]', cause: { message: '[number] is busy' } },
  })
})

test('ids keep their digits', () => {
  const { log, lines } = logger()
  log.error({ error: new Error('no recording 6ba7b810-9dad-11d1-80b4-00c04fd430c8 in log/0') }, 'gone')
  expect(lines()[0]).toMatchObject({ error: { message: 'no recording 6ba7b810-9dad-11d1-80b4-00c04fd430c8 in log/0' } })
})

test('what lies below the level is not written', () => {
  const { log, lines } = logger()
  log.debug({}, 'details')
  expect(lines()).toEqual([])
})
