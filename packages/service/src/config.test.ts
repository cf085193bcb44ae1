import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError, environmentReader, type Environment } from './config.ts'
import { choice, fileOf, flag, integer, list, optional, secret, secretUrl, text, url, type Values } from './variables.ts'

const VARIABLES = {
  PORT: integer({ meaning: 'port', min: 1, max: 65_535, fallback: 8_080 }),
  HOSTS: list({ meaning: 'hosts', values: 'names between commas', pattern: /^[a-z]+$/, max: 3, fallback: 'a' }),
  MODE: choice({ meaning: 'mode', of: ['fast', 'slow'], fallback: 'slow' }),
  TLS: flag({ meaning: 'TLS', fallback: 'false' }),
  NAME: optional(text({ meaning: 'name', values: 'letters', pattern: /^[a-z]+$/ })),
  STORE_URL: url({ meaning: 'store', values: 'an http URL', protocols: ['http:', 'https:'] }),
  PASSWORD: secret({ meaning: 'password' }),
  DATABASE: optional(secretUrl({ meaning: 'database', values: 'a postgres URL', protocols: ['postgres:'] })),
  CERTIFICATE: optional(fileOf({ meaning: 'certificate', values: 'a PEM file', pattern: /^-----BEGIN/ })),
}

const ENOUGH = { STORE_URL: 'http://store:9000', PASSWORD: 'hunter2' }

function read(env: Environment): Values<typeof VARIABLES> {
  const reader = environmentReader(env)
  const values = reader.read(VARIABLES)
  reader.finish()
  return values
}

function faults(env: Environment): readonly string[] {
  try {
    read(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

function file(contents: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'config-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'file'), contents)
  return join(directory, 'file')
}

test('values are read, others are left alone, an empty one takes its default', () => {
  expect(read({ ...ENOUGH, PORT: '', HOSTS: 'x, y', TLS: 'true', HOME: '/root' })).toEqual({
    PORT: 8_080,
    HOSTS: ['x', 'y'],
    MODE: 'slow',
    TLS: true,
    NAME: null,
    STORE_URL: 'http://store:9000',
    PASSWORD: 'hunter2',
    DATABASE: null,
    CERTIFICATE: null,
  })
})

test('all faults are told at once, by variable, with what may stand there', () => {
  expect(faults({ PORT: '99999', HOSTS: 'x,,y', MODE: 'quick', TLS: 'yes', NAME: 'A 1', STORE_URL: 'ftp://store', DATABASE: 'nonsense' })).toEqual([
    'PORT: must be a whole number from 1 to 65535',
    'HOSTS: must be names between commas',
    'MODE: must be one of fast, slow',
    'TLS: must be true or false',
    'NAME: must be letters',
    'STORE_URL: must be an http URL',
    'PASSWORD: is missing; it must be a text',
    'DATABASE: must be a postgres URL',
  ])
})

test('a secret may stand in a file, with or without a line feed at its end', () => {
  const { PASSWORD, DATABASE } = read({
    STORE_URL: 'http://store',
    PASSWORD_FILE: file('from a file\n'),
    DATABASE_FILE: file('postgres://ann:pw@db/x'),
  })
  expect([PASSWORD, DATABASE]).toEqual(['from a file', 'postgres://ann:pw@db/x'])
})

test('a secret given twice, a file that is missing, empty or of another kind are faults that show neither value nor path', () => {
  const wrong = {
    STORE_URL: 'http://store',
    PASSWORD: 'hunter2',
    PASSWORD_FILE: file('hunter3'),
    DATABASE_FILE: '/nowhere/hunter4',
    CERTIFICATE: file('hunter5'),
  }
  expect(faults(wrong)).toEqual([
    'PASSWORD: is given, and so is PASSWORD_FILE; give one of them',
    'DATABASE_FILE: names a file that can’t be read (ENOENT)',
    'CERTIFICATE: must be a PEM file',
  ])
  expect(faults({ ...ENOUGH, CERTIFICATE: file('') })).toEqual(['CERTIFICATE: names an empty file'])
})

test('what is no secret may not come from a file', () => {
  expect(read({ ...ENOUGH, NAME_FILE: file('ann') }).NAME).toBeNull()
})

test('faults of rules stand beside those of variables', () => {
  const reader = environmentReader({ PASSWORD_FILE: file('x'), MODE: 'fast' })
  expect([reader.isSet('PASSWORD'), reader.isSet('MODE'), reader.isSet('NAME')]).toEqual([true, true, false])
  reader.read({ MODE: VARIABLES.MODE, STORE_URL: VARIABLES.STORE_URL })
  reader.fault('MODE', 'needs NAME')
  expect(() => reader.finish()).toThrow(/^configuration is not valid:\n {2}STORE_URL: is missing; it must be an http URL\n {2}MODE: needs NAME$/)
})
