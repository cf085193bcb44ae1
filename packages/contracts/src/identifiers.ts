import { z } from 'zod'

const utf8 = new TextEncoder()

/** Ids that become part of an object key or a file name: one path part, no escape, bounded. */
export const keyPart = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ - and not begin with a dot')

/** Ids that only name something inside a call or a platform. */
export const name = z.string().min(1).max(256)

export const callId = keyPart
export const orgId = keyPart
export const userId = keyPart
export const participantId = name
/** Media carries it in at most 64 bytes of UTF-8, so that is the bound, and it must be text that UTF-8 can say. */
export const streamId = z
  .string()
  .min(1)
  .max(64)
  .refine((id) => id.isWellFormed() && utf8.encode(id).length <= 64, 'must be 1 to 64 bytes of UTF-8')

/** Milliseconds since the call's time zero (the answer). Seven days is far above any call and far below an overflow. */
export const atMs = z
  .int()
  .min(0)
  .max(7 * 24 * 3_600_000)

/** The same seven days in samples, at the highest rate. */
export const MAX_SAMPLE_OFFSET = 7 * 24 * 3_600 * 48_000
