import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { usageError } from '../command-error.ts'

const price = z.number().nonnegative()

/** What a store asks for, in one currency; docs/retention/reports.md describes the file. */
const pricesSchema = z.strictObject({
  /** As it is to be shown: `EUR`, or anything else. */
  currency: z.string().min(1).max(16),
  /** A GiB (1,073,741,824 bytes) for a month of 730 hours. */
  storagePerGibMonth: price,
  /** A thousand requests. */
  requestsPer1000: z.strictObject({ put: price, list: price, delete: price }),
})

export type Prices = z.output<typeof pricesSchema>

/** Reads prices from a file. Throws a usage error that says what is wrong with it and where. */
export function readPrices(path: string): Prices {
  const next = 'examples/prices.json is one that is right'
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw usageError(`prices ${path}: the file can’t be read: ${error instanceof Error ? error.message : String(error)}`, next)
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw usageError(`prices ${path}: it is no JSON: ${error instanceof Error ? error.message : String(error)}`, next)
  }
  const result = pricesSchema.safeParse(document)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path: where, message }) => `${where.length === 0 ? 'the whole' : where.map(String).join('.')}: ${message}`)
  throw usageError(`prices ${path}: ${faults.join('; ')}`, next)
}
