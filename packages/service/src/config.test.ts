import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, readConfig } from './config.ts'

const schema = z.object({
  PORT: z.coerce.number<string>().int().min(1).max(65_535).default(8_080),
  STORE_URL: z.url(),
  STORE_SECRET: z
    .string()
    .min(16, { error: 'must be 16 characters or more' })
    .refine((value) => !value.includes(' '), { error: (issue) => `no spaces in ${String(issue.input)}` }),
})

function faults(env: Record<string, string>): readonly string[] {
  try {
    readConfig(schema, env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

test('a valid environment is read, other variables are left alone, an empty one takes its default', () => {
  const env = { PORT: '', STORE_URL: 'http://store:9000', STORE_SECRET: '0123456789abcdef', HOME: '/root' }
  expect(readConfig(schema, env)).toEqual({ PORT: 8_080, STORE_URL: 'http://store:9000', STORE_SECRET: '0123456789abcdef' })
})

test('all faults are told at once, by variable', () => {
  const found = faults({ PORT: '99999', STORE_SECRET: 'short' })
  expect(found).toHaveLength(3)
  expect(found[0]).toMatch(/^PORT: /)
  expect(found.slice(1)).toEqual(['STORE_URL: is missing', 'STORE_SECRET: must be 16 characters or more'])
})

test('a fault never shows the value, even when its own words would', () => {
  const found = faults({ STORE_URL: 'http://store:9000', STORE_SECRET: 'secret with spaces' })
  expect(found).toEqual(['STORE_SECRET: no spaces in …'])
})
