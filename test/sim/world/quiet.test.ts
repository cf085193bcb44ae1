import { describe, expect, test } from 'vitest'
import { overdue, type Open } from './quiet.ts'

const MINUTE_MS = 60_000
const MOST_MS = 10 * MINUTE_MS

const CALL: Open = { what: 'call a is open', isUnanswered: false }
const RINGING: Open = { what: 'call b is open', isUnanswered: true }

/** What is found late when each of these is open for so long. */
async function late(...open: readonly [Open, number][]): Promise<{ late: string[]; atMs: number }> {
  let nowMs = 0
  const time = {
    now: () => nowMs,
    wait: (ms: number) => {
      nowMs += ms
      return Promise.resolve()
    },
  }
  const found = await overdue(() => open.filter(([, forMs]) => nowMs < forMs).map(([one]) => one), time, MOST_MS)
  return { late: found, atMs: nowMs }
}

describe('what is left to be done', () => {
  test('may take as long as it is given', async () => {
    expect((await late([CALL, 9 * MINUTE_MS])).late).toEqual([])
  })

  test('is late after that', async () => {
    expect(await late([CALL, Infinity])).toEqual({ late: [CALL.what], atMs: MOST_MS })
  })

  test('has an hour more when it is a call that nobody answered', async () => {
    expect((await late([RINGING, 69 * MINUTE_MS])).late).toEqual([])
    expect(await late([RINGING, Infinity])).toEqual({ late: [RINGING.what], atMs: MOST_MS + 60 * MINUTE_MS })
  })

  test('is late in its own time while such a call rings on, which is not', async () => {
    expect(await late([RINGING, 69 * MINUTE_MS], [CALL, Infinity])).toEqual({ late: [CALL.what], atMs: MOST_MS })
  })
})
