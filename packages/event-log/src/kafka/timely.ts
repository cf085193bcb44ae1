import { setTimeout as delay } from 'node:timers/promises'

/** The promise, or an error when it has not settled within `ms`. The error is no answer of the broker's: the connection counts as broken. */
export async function timely<T>(ms: number, promise: Promise<T>): Promise<T> {
  const cancel = new AbortController()
  const late = delay(Math.max(1, ms), null, { signal: cancel.signal }).then(() => {
    throw new Error('no broker has answered in time')
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel.abort()
    // It may fail later, when nobody listens any more.
    promise.catch(() => undefined)
  }
}
