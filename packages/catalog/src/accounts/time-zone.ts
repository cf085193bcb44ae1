import { z } from 'zod'

/** A name of the IANA time zone database that this runtime knows, such as `Europe/Berlin`; offsets are none, for they know no daylight saving. */
export const timeZone = z
  .string()
  .max(64)
  .refine((name) => /^[A-Za-z]/.test(name) && isKnown(name), { error: 'must be the IANA name of a time zone, such as Europe/Berlin or UTC' })

function isKnown(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}
