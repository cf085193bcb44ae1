import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CallState } from './state.ts'
import { TIME_ZERO_MS, answer, end, given, headOf, run, silence, talk, type Call } from './testing/call.ts'
import { captured, counted, deadLetters, endings } from './testing/seen.ts'

/** What a publisher sends between two outages, and how: in messages of its own for each stream or not, stamped a little late, and perhaps twice. */
interface Stretch {
  outageMs: number
  seconds: number
  isJoint: boolean
  lateMs: number
  isTwice: boolean
  /** A run of one message lies at a wrong offset. */
  wrongMs: number | null
}

const stretch: fc.Arbitrary<Stretch> = fc.record({
  outageMs: fc.nat(110_000),
  seconds: fc.integer({ min: 1, max: 20 }),
  isJoint: fc.boolean(),
  lateMs: fc.nat(3_000),
  isTwice: fc.boolean(),
  wrongMs: fc.option(fc.integer({ min: 70_000, max: 14_000_000 })),
})

/** Another recorder goes on from a checkpoint. */
function takeOver(call: Call): void {
  call.state = JSON.parse(JSON.stringify(call.state)) as CallState
}

function say(call: Call, fromMs: number, { isJoint, isTwice, lateMs }: Stretch): void {
  const timeMs = TIME_ZERO_MS + fromMs + 1_000 + lateMs
  const messages = isJoint ? [['alice', 'bob']] : [['alice'], ['bob']]
  for (const names of isTwice ? [...messages, ...messages] : messages) {
    call.send({ ...headOf(call, { timeMs }), type: 'media', runs: names.map((name) => run(name, fromMs, fromMs + 1_000)) })
    takeOver(call)
  }
}

test('whoever says when audio was made loses nothing to outages but what he did not publish, and of wrong offsets each costs itself alone', () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 4 }), (stretches) => {
      const call = talk(answer(given({ settings: { alice: { mode: 'always' } } })), 1_000)
      let atMs = 1_000
      for (const one of stretches) {
        atMs += one.outageMs
        if (one.wrongMs !== null) {
          const runs = [run('alice', atMs + one.wrongMs, atMs + one.wrongMs + 1_000)]
          call.send({ ...headOf(call, { timeMs: TIME_ZERO_MS + atMs }), type: 'media', runs })
        }
        for (const untilMs = atMs + one.seconds * 1_000; atMs < untilMs; atMs += 1_000) say(call, atMs, one)
      }
      end(call, atMs)
      silence(call, 120_000)
      expect(deadLetters(call)).toHaveLength(stretches.filter(({ wrongMs }) => wrongMs !== null).length)
      expect(counted(call).filter((what) => what.startsWith('late-audio'))).toEqual([])
      expect(captured(call, 'alice')).toEqual([[0, atMs]])
      const goneMs = stretches.reduce((sum, { outageMs }) => sum + outageMs, 0)
      expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: atMs, lostMs: 2 * goneMs } }])
    }),
    { seed: 20_260_302, numRuns: 150 },
  )
})
