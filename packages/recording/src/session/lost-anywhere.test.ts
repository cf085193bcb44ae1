import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endLost, type WrittenDown } from './log-loss.ts'
import { answer, end, given, media, press, type Call } from './testing/call.ts'
import { effectsOf, endings, ledger, marks, segments } from './testing/seen.ts'

/** A call of whole seconds; the log is lost after `seconds`, of which the state knows the first `knownSeconds`, and it goes on `goneMs` later. */
interface Lost {
  mode: 'always' | 'on-demand'
  segmentSeconds: number
  seconds: number
  knownSeconds: number
  /** When the user presses record; `null`: never. */
  pressedAfterS: number | null
  goneMs: number
}

const lost: fc.Arbitrary<Lost> = fc
  .record({
    mode: fc.constantFrom('always', 'on-demand', 'on-demand'),
    segmentSeconds: fc.constantFrom(1, 5, 60),
    seconds: fc.integer({ min: 1, max: 30 }),
    known: fc.double({ min: 0, max: 1, noNaN: true }),
    pressed: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    goneMs: fc.nat(90_000),
  })
  .map(({ known, pressed, ...rest }) => {
    const pressedAfterS = rest.mode === 'always' || pressed === null ? null : Math.floor(pressed * rest.seconds)
    return { ...rest, knownSeconds: Math.floor(known * rest.seconds), pressedAfterS }
  })

/** What stands in the catalog of a recording, by what was asked for up to now. */
function writtenDown(call: Call): WrittenDown {
  const recordings = effectsOf(call, 'recording.started').map(({ recordingId, ownerId, ordinal, provisional, startedAtMs }) => {
    const sealed = segments(call, ownerId)
    return {
      recordingId,
      ownerId,
      ordinal,
      startedAtMs,
      kept: !provisional || effectsOf(call, 'recording.kept').length > 0,
      segments: sealed.length,
      capturedMs: sealed.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
      sealedMs: sealed.at(-1)?.toMs ?? null,
    }
  })
  return { recordings, ownerIds: ['alice'] }
}

test('wherever the log is lost, the two recordings of a call name everything between them as lost, and who pressed record keeps both', () => {
  fc.assert(
    fc.property(lost, ({ mode, segmentSeconds, seconds, knownSeconds, pressedAfterS, goneMs }) => {
      const call = answer(given({ settings: { alice: { mode } }, rules: { segmentSeconds } }))
      let known = call.state
      for (let second = 0; second < seconds; second++) {
        if (second === knownSeconds) known = call.state
        if (second === pressedAfterS) press(call, 'alice', 'start')
        media(call, second * 1_000, second * 1_000 + 1_000)
      }
      if (known === null) throw new Error('no call')
      const ended = endLost(known, writtenDown(call))
      call.state = ended.state
      call.effects.push(...ended.effects)
      const goesOnMs = seconds * 1_000 + goneMs
      media(call, goesOnMs, goesOnMs + 1_000)
      end(call, goesOnMs + 1_000)

      const sealedMs = segments(call, 'alice').findLast(({ toMs }) => toMs <= seconds * 1_000)?.toMs ?? 0
      const [first, second] = endings(call, 'alice')
      expect(first).toMatchObject({ reason: 'log-lost', atMs: sealedMs, totals: { capturedMs: sealedMs } })
      expect(second).toMatchObject({ reason: 'call-ended', totals: { capturedMs: 1_000, lostMs: 0 } })
      expect(marks(call, 'alice').findLast(({ what }) => what.kind === 'log-lost')).toMatchObject({
        atMs: goesOnMs,
        what: { fromMs: sealedMs, toMs: goesOnMs },
      })
      const isKept = mode === 'always' || pressedAfterS !== null
      expect([first?.kept, second?.kept]).toEqual([isKept, isKept])
      // Of what the log lost as a whole nobody knows whether it would have been kept.
      const unkept = sealedMs === 0 ? { outcome: 'failed', reason: 'log-lost', behavior: 'none' } : { outcome: 'excluded', reason: 'not-kept' }
      expect(ledger(call, 'alice')).toEqual(isKept ? { outcome: 'recorded' } : unkept)
    }),
    { seed: 20_260_302, numRuns: 300 },
  )
})
