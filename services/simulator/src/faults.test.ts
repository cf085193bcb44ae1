import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultsSchema, routeOf, type Faults, type Message } from './faults.ts'
import { carry, lossyLine } from './packet-loss.ts'
import { keyOf } from './random.ts'

const NONE = faultsSchema.parse({})
const NAMES = { seed: 1, callId: 'call' }

/** A call of `seconds` media messages with an event after every fifth, and its end. */
function sentBy(seconds: number, faults: Partial<Faults>, names = NAMES): { sent: Message[]; arrived: Message[] } {
  const sent: Message[] = []
  for (let second = 1; second <= seconds; second++) {
    sent.push({ id: `media-${second}`, kind: 'media', type: 'media', atMs: second * 1_000 })
    if (second % 5 === 0) sent.push({ id: `event-${second}`, kind: 'event', type: 'call.held', atMs: second * 1_000 })
  }
  sent.push({ id: 'end', kind: 'event', type: 'call.ended', atMs: seconds * 1_000 })
  const route = routeOf({ ...NONE, ...faults }, names)
  return { sent, arrived: [...sent.flatMap((message) => route.send(message)), ...route.rest()] }
}

const idsOf = (messages: readonly Message[], kind?: Message['kind']): string[] =>
  messages.filter((message) => kind === undefined || message.kind === kind).map(({ id }) => id)

describe('the way to the log', () => {
  it('changes nothing without faults', () => {
    const { sent, arrived } = sentBy(60, {})
    expect(arrived).toEqual(sent)
  })

  it('goes wrong in the same way for the same seed and call, and in another for others', () => {
    const faults = { duplicate: 0.2, reorder: 0.2 }
    expect(sentBy(60, faults).arrived).toEqual(sentBy(60, faults).arrived)
    expect(idsOf(sentBy(60, faults).arrived)).not.toEqual(idsOf(sentBy(60, faults, { seed: 2, callId: 'call' }).arrived))
    expect(idsOf(sentBy(60, faults).arrived)).not.toEqual(idsOf(sentBy(60, faults, { seed: 1, callId: 'other' }).arrived))
  })

  it('repeats messages of any kind, later and exactly', () => {
    const { sent, arrived } = sentBy(200, { duplicate: 0.3 })
    const firsts = arrived.filter((message, at) => arrived.indexOf(message) === at)
    const repeats = arrived.filter((message, at) => arrived.indexOf(message) < at)
    expect(firsts).toEqual(sent)
    expect(new Set(repeats.map(({ kind }) => kind))).toEqual(new Set(['media', 'event']))
    expect(repeats.length).toBeGreaterThan(30)
  })

  it('lets audio arrive a message late, also behind events and the end, and keeps events in order', () => {
    const { sent, arrived } = sentBy(400, { reorder: 0.3 })
    expect(idsOf(arrived).toSorted()).toEqual(idsOf(sent).toSorted())
    expect(idsOf(arrived, 'event')).toEqual(idsOf(sent, 'event'))
    const lateness = idsOf(arrived, 'media').map((id, at) => at - idsOf(sent, 'media').indexOf(id))
    expect(new Set(lateness)).toEqual(new Set([-1, 0, 1]))
    const late = Array.from({ length: 40 }, (_, seed) => sentBy(5, { reorder: 0.5 }, { seed, callId: 'call' }).arrived)
    expect(late.some((messages) => messages.at(-1)?.kind === 'media')).toBe(true)
  })

  it('never holds audio back longer than a recorder waits for it', () => {
    const route = routeOf({ ...NONE, reorder: 1 }, NAMES)
    const early: Message = { id: 'early', kind: 'media', type: 'media', atMs: 1_000 }
    expect(route.send(early)).toEqual([])
    expect(idsOf(route.send({ id: 'empty', kind: 'media', type: 'media', atMs: 6_000 }))[0]).toBe('early')
  })

  it('brings all audio ahead of a change of its format', () => {
    for (let seed = 0; seed < 50; seed++) {
      const route = routeOf({ ...NONE, reorder: 0.5, duplicate: 0.5 }, { seed, callId: 'call' })
      const media = [1, 2, 3].map((second): Message => ({ id: `media-${second}`, kind: 'media', type: 'media', atMs: second * 1_000 }))
      media.forEach((message) => void route.send(message))
      const change: Message = { id: 'change', kind: 'event', type: 'stream.changed', atMs: 3_000 }
      const arrived = route.send(change)
      expect(idsOf([...arrived.slice(arrived.indexOf(change)), ...route.rest()], 'media')).toEqual([])
    }
  })

  it('loses the end and nothing else', () => {
    const { sent, arrived } = sentBy(20, { lostEnd: 1 })
    expect(arrived).toEqual(sent.slice(0, -1))
    expect(routeOf(NONE, NAMES, true).send({ id: 'end', kind: 'event', type: 'call.ended', atMs: 1 })).toEqual([])
  })

  it('is refused with a probability that is none, naming it', () => {
    expect(() => faultsSchema.parse({ loss: 1.5 })).toThrow('must be from 0 to 1')
  })
})

describe('packet loss', () => {
  const line = lossyLine(keyOf('test'), 0.3, 8_000)

  it('drops whole packets of 20 ms, about as many as it should', () => {
    const { arrived, lost } = carry(line, 0, 160 * 10_000)
    expect([...arrived, ...lost].every(([from, to]) => from % 160 === 0 && to % 160 === 0)).toBe(true)
    const share = lost.reduce((sum, [from, to]) => sum + to - from, 0) / (160 * 10_000)
    expect(share).toBeGreaterThan(0.27)
    expect(share).toBeLessThan(0.33)
  })

  it('covers a range without gap or overlap, and alike however the range is cut', () => {
    const samples = fc.integer({ min: 0, max: 5_000 })
    fc.assert(
      fc.property(fc.tuple(samples, samples, samples), (cuts) => {
        const [from = 0, middle = 0, to = 0] = cuts.toSorted((a, b) => a - b)
        const fates = (a: number, b: number): string[] => {
          const { arrived, lost } = carry(line, a, b)
          const each = [...arrived.map((span) => [...span, 'arrived'] as const), ...lost.map((span) => [...span, 'lost'] as const)].toSorted(
            (x, y) => x[0] - y[0],
          )
          expect(each.flatMap(([start, end]) => [start, end])).toEqual([a, ...each.slice(1).flatMap(([start]) => [start, start]), b])
          return each.flatMap(([start, end, fate]) => Array.from({ length: end - start }, () => fate))
        }
        expect([...fates(from, middle), ...fates(middle, to)]).toEqual(fates(from, to))
      }),
      { numRuns: 100 },
    )
  })
})
