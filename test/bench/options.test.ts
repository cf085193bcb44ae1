import { expect, test } from 'vitest'
import { HELP, readOptions } from './options.ts'

test('says what is measured and where', () => {
  expect(readOptions([])).toEqual({ engine: 'embedded', quick: false, strict: false, json: false, profile: false, retention: false })
  expect(readOptions(['--', '--engine', 'kafka', '--profile', '--quick'])).toMatchObject({ engine: 'kafka', profile: true, quick: true })
})

test('what makes no sense is said to be wrong', () => {
  expect(() => readOptions(['--engine', 'x'])).toThrow('--engine x: it is embedded or kafka')
  expect(() => readOptions(['--profile'])).toThrow('--profile needs --engine kafka')
  expect(() => readOptions(['--fast'])).toThrow("Unknown option '--fast'")
})

test('help names every option', () => {
  expect(readOptions(['--help'])).toBeNull()
  for (const option of Object.keys(readOptions([]) ?? {})) expect(HELP).toContain(`--${option}`)
})
