import { expect, test } from 'vitest'
import { isPassing } from './failure.ts'

function failure(fields: Record<string, unknown>, message = 'it failed'): Error {
  return Object.assign(new Error(message), fields)
}

test.each([
  ['serialization failure', failure({ code: '40001' })],
  ['deadlock', failure({ code: '40P01' })],
  ['administrator shut it down', failure({ code: '57P01' })],
  ['crash shutdown', failure({ code: '57P02' })],
  ['cannot connect now', failure({ code: '57P03' })],
  ['too many connections', failure({ code: '53300' })],
  ['disk full', failure({ code: '53100' })],
  ['connection failure', failure({ code: '08006' })],
  ['refused', failure({ code: 'ECONNREFUSED' })],
  ['reset', failure({ code: 'ECONNRESET' })],
  ['lost', failure({}, 'Connection terminated unexpectedly')],
  ['no free connection', failure({}, 'timeout exceeded when trying to connect')],
  ['SQLite busy', failure({ errcode: 5 })],
  ['SQLite busy snapshot', failure({ errcode: 517 })],
  ['SQLite locked', failure({ errcode: 6 })],
  ['SQLite I/O', failure({ errcode: 10 | (2 << 8) })],
  ['SQLite full', failure({ errcode: 13 })],
])('%s may pass', (_, error) => expect(isPassing(error)).toBe(true))

test.each([
  ['unique violation', failure({ code: '23505' })],
  ['no such table', failure({ code: '42P01' })],
  ['no privilege', failure({ code: '42501' })],
  ['wrong password', failure({ code: '28P01' })],
  ['SQLite corrupt', failure({ errcode: 11 })],
  ['SQLite not a database', failure({ errcode: 26 })],
  ['our own fault', new TypeError('x is not a function')],
  ['no error at all', 'ECONNREFUSED'],
])('%s does not pass', (_, error) => expect(isPassing(error)).toBe(false))
