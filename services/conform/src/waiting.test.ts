import type { CallCommand } from '@twinreel/contracts/call-commands'
import { encodeCallEvent, encodeCommand } from '@twinreel/contracts/messages'
import { expect, test } from 'vitest'
import { createConformity, type Conformity } from './conform.ts'
import type { Stretch } from './observed.ts'
import { CALL, goodCall, TIME_ZERO_MS, type Said } from './testing/good-call.ts'

const TOPIC: Stretch = { isWhole: false, fromBeginning: true }
/** Its publisher died. */
const cutShort = goodCall().filter(({ atMs }) => atMs <= 20_000)

function judged(call: readonly Said[], of: Stretch = TOPIC): Conformity {
  const conformity = createConformity({ partitions: null })
  for (const { message } of call) conformity.take(message, of)
  return conformity
}

/** What a recorder appends when it has waited for so long. */
function timer(afterMs: number): Said {
  const atMs = 20_000 + afterMs
  const { key, headers, value } = encodeCallEvent(
    CALL,
    'timer.due',
    { atMs, after: { source: '/platforms/acme/softswitch-1', id: 'x' } },
    { id: `t-${afterMs}`, source: '/recorder', timeMs: TIME_ZERO_MS + atMs },
  )
  const appendedAtMs = TIME_ZERO_MS + atMs
  return {
    what: 'timer.due',
    atMs,
    message: { topic: 'calls', key, headers, value, sizeBytes: value.length, partition: null, position: `${atMs} ms`, appendedAtMs },
  }
}

function commanded(command: CallCommand): Said {
  const { key, headers, value } = encodeCommand(CALL, command, { id: `c-${command.type}`, source: '/recorder' })
  return {
    what: command.type,
    atMs: 20_000,
    message: {
      topic: 'call-commands',
      key,
      headers,
      value,
      sizeBytes: value.length,
      partition: null,
      position: 'command',
      appendedAtMs: TIME_ZERO_MS + 20_030,
    },
  }
}

test('a call that lost its end is waited for as long as a recorder waits, and no longer', () => {
  const { counts } = judged(cutShort)
  expect(counts(TIME_ZERO_MS + 60_000)).toEqual({ ended: 0, live: 1 })
  expect(counts(TIME_ZERO_MS + 141_000)).toEqual({ ended: 0, live: 0 })
})

test('nor once a recorder took it for over; that a prompt was waited for says nothing of the kind', () => {
  const [over, live] = [judged([...cutShort, timer(120_000)]), judged([...cutShort, timer(15_000)])]
  expect([over, live].map(({ counts }) => counts(TIME_ZERO_MS + 140_000).live)).toEqual([0, 1])
  const codes = [over, live].map((conformity) => conformity.report().findings.map(({ code }) => code))
  expect(codes).toEqual([['missing-end'], []])
})

test('nor where a gate or a prompt is waited for longer than some calls for their end, until that time is over', () => {
  // Keys that open are believed two minutes ahead.
  const asked: Said[] = [
    commanded({ type: 'gate.open', data: { sequence: 3, atMs: 60_000 } }),
    commanded({ type: 'prompt.play', data: { promptId: 'p2', prompt: 'recording-resumed', atMs: 50_000 } }),
  ]
  for (const one of asked) {
    const waits = judged([...cutShort, one, timer(45_000)])
    expect(waits.counts(TIME_ZERO_MS + 70_000).live).toBe(1)
    expect(waits.report().findings.map(({ code }) => code)).not.toContain('missing-end')
    const over = judged([...cutShort, one, timer(45_000), timer(90_000)])
    expect(over.counts(TIME_ZERO_MS + 111_000).live).toBe(0)
    expect(over.report().findings.map(({ code }) => code)).toContain('missing-end')
    // What lies further ahead was not waited for.
    expect(judged([...cutShort, one, timer(35_000)]).counts(TIME_ZERO_MS + 70_000).live).toBe(0)
  }
})

test('a call that is seen from its middle on is waited for, too', () => {
  const middle = cutShort.filter(({ what, atMs }) => what === 'media' && atMs > 5_000)
  expect(judged(middle, { isWhole: false, fromBeginning: false }).counts(TIME_ZERO_MS + 30_000)).toEqual({ ended: 0, live: 1 })
})

test('who waits in a queue for minutes has lost nothing', () => {
  const ringing = goodCall().slice(0, 1)
  const later = goodCall('later').map((said) => ({ ...said, message: { ...said.message, appendedAtMs: TIME_ZERO_MS + said.atMs + 600_000 } }))
  const conformity = judged([...ringing, ...later.filter(({ message }) => message.topic === 'calls')])
  expect(conformity.counts(TIME_ZERO_MS + 600_000)).toEqual({ ended: 1, live: 1 })
  expect(conformity.report().findings.map(({ code }) => code)).not.toContain('missing-end')
})
