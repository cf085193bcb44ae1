import { expect, it } from 'vitest'
import type { WireMessage } from '@twinreel/contracts/messages'
import { createSending } from './sending.ts'

/** One buffer stands in all messages, so that half a gigabyte of them takes up none. */
const AUDIO = new Uint8Array(64 * 1_048_576)
const messages = Array.from({ length: 8 }, (_, number): WireMessage => ({ key: 'call-1', headers: { ce_id: `call-1-${number}` }, value: AUDIO }))
const idsOf = (some: readonly WireMessage[]): (string | undefined)[] => some.map(({ headers }) => headers['ce_id'])

/** A log of which a test decides when it answers. */
function logThatIsAway() {
  const asked: { messages: readonly WireMessage[]; answer: PromiseWithResolvers<void> }[] = []
  const errors: unknown[] = []
  let nowMs = 0
  const sending = createSending(
    {
      maxBytes: 1,
      send: (portion) => {
        const answer = Promise.withResolvers<void>()
        asked.push({ messages: portion, answer })
        return answer.promise
      },
    },
    { now: () => nowMs, wait: async (ms) => void (nowMs += ms) },
    (error) => errors.push(error),
  )
  return { sending, asked, errors }
}

/** Whatever goes on by itself has done so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('a publisher that said that too much waits for the log publishes nothing any more when the log is back: another has the call by then', async () => {
  const { sending, asked, errors } = logThatIsAway()
  const [first, ...rest] = messages
  sending.push(first as WireMessage)
  await expect.poll(() => asked.length).toBe(1)
  for (const message of rest) sending.push(message)
  expect(errors.map(String)).toEqual([expect.stringContaining('the log has taken nothing for so long')])
  // Neither those who wait for it nor those who go on with the call wait for a log that is away.
  await expect(sending.flushed()).rejects.toThrow('the log has taken nothing for so long')
  expect(idsOf(sending.unconfirmed('call-1'))).toEqual(idsOf(messages))

  asked[0]?.answer.resolve()
  await settled()
  expect(asked).toHaveLength(1)
  expect(() => sending.push(first as WireMessage)).toThrow('the log has taken nothing for so long')
  await expect(sending.flushed()).rejects.toThrow('the log has taken nothing for so long')
  expect(errors).toHaveLength(1)
})

it('nor does it try again what was under way when it failed', async () => {
  const { sending, asked, errors } = logThatIsAway()
  for (const message of messages) sending.push(message)
  expect(errors).toHaveLength(1)
  await settled()
  expect(asked).toHaveLength(0)

  const other = logThatIsAway()
  other.sending.push(messages[0] as WireMessage)
  await expect.poll(() => other.asked.length).toBe(1)
  for (const message of messages.slice(1)) other.sending.push(message)
  other.asked[0]?.answer.reject(Object.assign(new Error('away'), { retriable: true }))
  await settled()
  expect(other.asked).toHaveLength(1)
  expect(other.errors).toHaveLength(1)
})

it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('what is said %i turns after the last answer goes out too, before anybody is told that all is durable', async (turns) => {
  const sent: string[] = []
  const last = Promise.withResolvers<void>()
  const sending = createSending(
    { maxBytes: 1_000, send: (portion) => (sent.push(...portion.map(({ key }) => key)), sent.length === 1 ? last.promise : Promise.resolve()) },
    { now: () => 0, wait: () => Promise.resolve() },
    () => undefined,
  )
  sending.push({ key: 'first', headers: {}, value: new Uint8Array(1) })
  await expect.poll(() => sent).toEqual(['first'])
  last.resolve()
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
  sending.push({ key: 'second', headers: {}, value: new Uint8Array(1) })
  await sending.flushed()
  expect(sent).toEqual(['first', 'second'])
})
