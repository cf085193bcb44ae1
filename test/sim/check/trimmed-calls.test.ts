import { encodeCallEvent } from '@twinreel/contracts/messages'
import type { LogRecord } from '@twinreel/event-log/port'
import { describe, expect, test } from 'vitest'
import { isUnansweredByTrim } from './trimmed-calls.ts'

type Told = 'started' | 'answered' | 'left' | 'ended'

/** The call's log, one message an offset, of which everything below the cut was forgotten before anybody had read it. */
function log(told: readonly Told[], cut: number): Parameters<typeof isUnansweredByTrim>[0] {
  const records = told.map((type, offset): LogRecord => ({
    topic: 'calls',
    partition: 0,
    offset,
    key: 'c',
    headers: { ...HEADERS, ce_type: `io.twinreel.${type === 'left' ? 'participant.left' : `call.${type}`}.v1` },
    value: new Uint8Array(),
    sizeBytes: 0,
    appendedAtMs: 0,
  }))
  const trimmed = cut === 0 ? [] : [{ partition: 0, atMs: 0, beforeOffset: cut, checkpoint: null }]
  return { trimmed, truth: { appended: () => records } as unknown as Parameters<typeof isUnansweredByTrim>[0]['truth'] }
}

const { headers: HEADERS } = encodeCallEvent('c', 'timer.due', { atMs: 0, after: { source: 's', id: 'e' } }, { id: 't', source: 's', timeMs: 0 })

describe('a call of which the log lost the answer', () => {
  test.each<[string, readonly Told[], { cut: number; opened: number }]>([
    ['and tells the start again', ['started', 'answered', 'left', 'started', 'left'], { cut: 2, opened: 3 }],
    ['of which the start was known', ['started', 'answered', 'left'], { cut: 2, opened: 0 }],
    ['and tells it again before the start', ['started', 'left', 'answered', 'started', 'left'], { cut: 2, opened: 3 }],
  ])('rings on: %s', (_, told, { cut, opened }) => {
    expect(isUnansweredByTrim(log(told, cut), 'c', opened)).toBe(true)
  })

  test.each<[string, readonly Told[], { cut: number; opened: number }]>([
    ['nothing was cut', ['started', 'left'], { cut: 0, opened: 0 }],
    ['its answer is told again', ['started', 'answered', 'started', 'answered'], { cut: 2, opened: 2 }],
    ['its end is told', ['started', 'answered', 'started', 'ended'], { cut: 2, opened: 2 }],
  ])('does not, if %s', (_, told, { cut, opened }) => {
    expect(isUnansweredByTrim(log(told, cut), 'c', opened)).toBe(false)
  })
})
