import { add, intersect, total, type IntervalSet } from '@twinreel/media/intervals'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Effect } from '../effects.ts'
import { MODES } from '../settings.ts'
import { openObligations } from './obligations.ts'
import type { CallState } from './state.ts'
import { foldOne, type Call } from './testing/call.ts'
import { PLACES, TYPES, cell, placeOf, table, unreachable } from './testing/cells.ts'
import { play } from './testing/player.ts'
import { reference } from './testing/reference.ts'
import { aheadScript, rareScript, script, type Script } from './testing/script.ts'
import { captured, effectsOf, segments } from './testing/seen.ts'

/** The same sequences in every run, so that what they reach is the same too; another seed or more of them by these two. */
const seed = Number(process.env['MODEL_SEED'] ?? 20_260_302)
const numRuns = Number(process.env['MODEL_RUNS'] ?? 1_000)
/** Samples of the calls' streams. */
const PER_MS = 8
const reached = new Map<string, number>()

function count(call: Call): void {
  const type = call.events.at(-1)?.type
  const owners = Object.values(before?.owners ?? {})
  for (const { policy, machine } of owners) {
    const name = cell(policy.settings.mode, placeOf(machine), type ?? '')
    reached.set(name, (reached.get(name) ?? 0) + 1)
  }
}
let before: CallState | null = null

/** Plays it, looking after every message at what must always hold. */
function played(made: Script): { call: Call; allowed: (ownerId: string) => ReturnType<typeof captured> } {
  let model: ReturnType<typeof reference> | null = null
  before = null
  const call = play(made, {
    before: ({ state }) => void (before = state),
    after: (now) => {
      model ??= reference({
        callType: made.given.callType ?? null,
        prompts: made.given.capabilities?.prompts !== 'none',
        policies: now.policies as Parameters<typeof reference>[0]['policies'],
      })
      const event = now.events.at(-1)
      if (event === undefined || now.state === null) throw new Error('nothing was folded')
      count(now)
      model.observe(event, now.latest.effects)
      expect(JSON.stringify(now.state).length).toBeLessThan(100_000)
      const asked = new Set(effectsOf(now, 'command').map(({ id }) => id))
      for (const { id } of openObligations(now.state)) expect(asked).toContain(id)
    },
  })
  return { call, allowed: (ownerId) => model?.allowed(ownerId) ?? [] }
}

describe('any call', { timeout: 120_000 }, () => {
  test(`is captured exactly while policy allows it (${numRuns} calls)`, () => {
    fc.assert(
      fc.property(script(2_000), (made) => {
        const { call, allowed } = played(made)
        for (const ownerId of ownersOf(call)) expect(captured(call, ownerId), ownerId).toEqual(allowed(ownerId))
        checkBooks(call)
      }),
      { seed, numRuns },
    )
  })

  test(`does so too where somebody waits for a prompt or a gate (${3 * numRuns} calls)`, () => {
    fc.assert(
      fc.property(rareScript, (made) => {
        const { call, allowed } = played(made)
        for (const ownerId of ownersOf(call)) expect(captured(call, ownerId), ownerId).toEqual(allowed(ownerId))
        checkBooks(call)
      }),
      { seed, numRuns: 3 * numRuns },
    )
  })

  test(`does so too where keys come long before the audio of their time (${numRuns} calls)`, () => {
    fc.assert(
      fc.property(aheadScript, (made) => {
        const { call, allowed } = played(made)
        for (const ownerId of ownersOf(call)) expect(captured(call, ownerId), ownerId).toEqual(allowed(ownerId))
        checkBooks(call)
      }),
      { seed, numRuns },
    )
  })

  test(`with controls that are a minute late keeps its books as well (${numRuns / 2} calls)`, () => {
    fc.assert(
      fc.property(script(60_000), (made) => {
        checkBooks(played(made).call)
      }),
      { seed, numRuns: numRuns / 2 },
    )
  })

  test(`whose last audio comes behind its end is recorded as if it had come before (${numRuns / 2} calls)`, () => {
    fc.assert(
      fc.property(script(2_000), fc.integer({ min: 1, max: 1_000 }), (made, lastMs) => {
        // Of a call that was silent for long its end does not tell audio that comes from time on hold.
        const acts = made.acts.filter((act) => act.do !== 'end' && act.do !== 'timer')
        const ended = (comes: 'before' | 'behind') =>
          played({ ...made, acts: [...acts, { do: 'end', isWhole: true, lagMs: 0, last: { ms: lastMs, comes } }] }).call
        const [inOrder, behind] = [ended('before'), ended('behind')]
        expect(heard(behind)).toEqual(heard(inOrder))
      }),
      { seed, numRuns: numRuns / 2 },
    )
  })

  afterAll(() => void process.stdout.write(`${table(reached)}\n`))

  test.runIf(numRuns >= 1_000)('reaches every place of every mode with every message, except where nobody ever is', () => {
    const empty = MODES.flatMap((mode) => PLACES.flatMap((place) => (unreachable(mode, place) === null ? TYPES.map((type) => cell(mode, place, type)) : [])))
    expect(empty.filter((name) => !reached.has(name))).toEqual([])
    const impossible = MODES.flatMap((mode) =>
      PLACES.flatMap((place) => (unreachable(mode, place) === null ? [] : TYPES.map((type) => cell(mode, place, type)))),
    )
    expect(impossible.filter((name) => reached.has(name))).toEqual([])
  })
})

/** The audio in each of a call's segments: of every track, what had come of it when it was sealed. */
function heard({ events, policies }: Call): Record<string, object> {
  let state: CallState | null = null
  const received = new Map<string, IntervalSet>()
  const sealed: Record<string, object> = {}
  for (const event of events) {
    const folded = foldOne(state, event, policies)
    state = folded.state
    for (const { runIndex, trackId } of folded.placed) {
      const run = event.type === 'media' ? event.runs[runIndex] : undefined
      if (run !== undefined) received.set(trackId, add(received.get(trackId) ?? [], run.offset, run.offset + run.sampleCount))
    }
    for (const effect of folded.effects) {
      if (effect.kind !== 'segment.sealed') continue
      const { recordingId, index, fromMs, toMs, near, far, losses, held } = effect.segment
      const audio = [...near, ...far].map((track) => [track.trackId, intersect(received.get(track.trackId) ?? [], fromMs * PER_MS, toMs * PER_MS)])
      sealed[`${recordingId}/${index}`] = { fromMs, toMs, audio, losses, held }
    }
  }
  return sealed
}

function checkBooks(call: Call): void {
  checkOutcomes(call)
  checkRecordings(call)
  checkFoldedAgain(call)
}

function ownersOf({ state }: Call): string[] {
  return Object.keys(state?.owners ?? {})
}

/** Each time the call is over there is one row for every owner, and the last says what is in the store. */
function checkOutcomes(call: Call): void {
  let told: string[] = []
  for (const effect of call.effects) {
    if (effect.kind === 'ledger') told.push(effect.ownerId)
    if (effect.kind !== 'call.closed') continue
    expect(new Set(told).size).toBe(told.length)
    told = []
  }
  expect(told).toEqual([])
  expect(['closed', 'silent']).toContain(call.state?.phase)
  for (const ownerId of ownersOf(call)) {
    const outcome = effectsOf(call, 'ledger').findLast((effect) => effect.ownerId === ownerId)?.outcome
    const isKept = effectsOf(call, 'recording.ended').some((ended) => ended.ownerId === ownerId && ended.kept && ended.totals.capturedMs > 0)
    expect(outcome?.outcome === 'recorded').toBe(isKept)
    expect(outcome).toBeDefined()
  }
}

/** Every recording ends once, after its segments, which are numbered, disjoint, no longer than allowed, and add up to its totals. */
function checkRecordings(call: Call): void {
  const started = effectsOf(call, 'recording.started').map(({ recordingId }) => recordingId)
  const ended = effectsOf(call, 'recording.ended')
  expect(ended.map(({ recordingId }) => recordingId).toSorted()).toEqual(started.toSorted())
  for (const { recordingId, ownerId, totals, tail, atMs } of ended) {
    const own = segments(call, ownerId).filter((segment) => segment.recordingId === recordingId)
    const longestMs = (call.state?.owners[ownerId]?.policy.rules.segmentSeconds ?? 0) * 1_000
    expect(own.map(({ index }) => index)).toEqual(own.map((_, index) => index))
    for (const [index, { fromMs, toMs, losses, held }] of own.entries()) {
      expect(fromMs).toBeGreaterThanOrEqual(own[index - 1]?.toMs ?? 0)
      expect(toMs - fromMs).toBeGreaterThan(0)
      expect(toMs - fromMs).toBeLessThanOrEqual(longestMs)
      expect(toMs).toBeLessThanOrEqual(atMs)
      for (const span of [...losses.map((loss) => [loss.fromMs, loss.toMs] as const), ...held]) {
        expect(span[0]).toBeGreaterThanOrEqual(fromMs)
        expect(span[1]).toBeLessThanOrEqual(toMs)
      }
    }
    const lastSealed = call.effects.findLastIndex((effect) => effect.kind === 'segment.sealed' && effect.segment.recordingId === recordingId)
    expect(lastSealed).toBeLessThan(call.effects.findIndex((effect) => effect.kind === 'recording.ended' && effect.recordingId === recordingId))
    const paused = [...own.flatMap((segment) => segment.paused), ...tail.paused]
    const sum = (spans: readonly (readonly [number, number])[]): number => total(spans)
    expect(totals).toMatchObject({
      capturedMs: sum(own.map(({ fromMs, toMs }) => [fromMs, toMs])),
      pausedMs: sum(paused),
      heldMs: own.reduce((all, segment) => all + sum(segment.held), 0),
      lostMs: own.reduce((all, { losses }) => all + sum(losses.map((loss) => [loss.fromMs, loss.toMs])), 0),
      segments: own.length,
    })
    for (const [from, to] of paused) for (const { fromMs, toMs } of own) expect(from >= toMs || to <= fromMs).toBe(true)
  }
}

/** A recorder that takes over at any message, from a state that went through the catalog, goes on as the first one did. */
function checkFoldedAgain(call: Call): void {
  let state: CallState | null = null
  const effects: Effect[] = []
  for (const event of call.events) {
    const folded = foldOne(state, event, call.policies)
    state = JSON.parse(JSON.stringify(folded.state)) as CallState
    effects.push(...folded.effects)
  }
  expect(effects).toEqual(call.effects)
  expect(state).toEqual(call.state)
}
