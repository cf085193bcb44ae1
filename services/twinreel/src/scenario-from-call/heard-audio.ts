import type { StreamDescription } from '@twinreel/contracts/call-events'
import type { CallEvent } from '@twinreel/contracts/messages'
import { add, missing, subtract, total, type Interval, type IntervalSet } from '@twinreel/media/intervals'
import type { CapturedCall } from './captured-call.ts'

/** A stream as long as it had one format and one end of the call. */
export interface StreamSpell {
  participantId: string
  format: Pick<StreamDescription, 'codec' | 'sampleRateHz'>
  fromMs: number
  toMs: number
  /** Call time of which audio came. */
  came: IntervalSet
}

export interface HeardAudio {
  spells: readonly StreamSpell[]
  /** The end of all audio that came up to and with the event at this place in `events`; 0 before any. */
  clockAt(index: number): number
  /** End of the call: as it says, else where audio stops. */
  endMs: number
  /** Audio messages that came behind later ones. */
  overtaken: number
  messages: number
}

/** Follows the streams through the log: what came of each, from when to when. */
export function heardAudio({ events, ended }: CapturedCall): HeardAudio {
  const open = new Map<string, StreamSpell>()
  const spells: StreamSpell[] = []
  const clocks: number[] = []
  let [clockMs, overtaken, messages] = [0, 0, 0]

  const begin = (stream: StreamDescription, fromMs: number): void => {
    const before = open.get(stream.streamId)
    if (before !== undefined) before.toMs = fromMs
    const { codec, sampleRateHz } = stream
    const spell = { participantId: stream.participantIds[0] ?? '', format: { codec, sampleRateHz }, fromMs, toMs: Infinity, came: [] }
    spells.push(spell)
    open.set(stream.streamId, spell)
  }
  const take = (event: Extract<CallEvent, { type: 'media' }>): void => {
    let endMs = 0
    for (const { streamId, offset, sampleCount } of event.runs) {
      const spell = open.get(streamId)
      if (spell === undefined) continue
      const perMs = spell.format.sampleRateHz / 1_000
      if (sampleCount > 0) spell.came = add(spell.came, offset / perMs, (offset + sampleCount) / perMs)
      endMs = Math.max(endMs, (offset + sampleCount) / perMs)
    }
    messages += 1
    if (endMs < clockMs) overtaken += 1
    clockMs = Math.max(clockMs, endMs)
  }
  for (const event of events) {
    if (event.type === 'media') take(event)
    else if (event.type === 'call.answered') for (const stream of event.data.streams) begin(stream, 0)
    else if (event.type === 'participant.joined') for (const stream of event.data.streams) begin(stream, event.data.atMs ?? clockMs)
    else if (event.type === 'stream.added' || event.type === 'stream.changed') begin(event.data.stream, event.data.atMs ?? clockMs)
    else if (event.type === 'participant.left')
      for (const spell of spells) if (spell.participantId === event.data.participantId) spell.toMs = Math.min(spell.toMs, event.data.atMs ?? clockMs)
    clocks.push(clockMs)
  }
  const endMs = Math.ceil(ended?.data.atMs ?? clockMs)
  for (const spell of spells) spell.toMs = Math.min(spell.toMs, endMs)
  return { spells, clockAt: (index) => Math.floor(clocks[index] ?? 0), endMs, overtaken, messages }
}

/** Whether nothing at all came of an end of the call in this time. */
export function wasSilent({ spells }: HeardAudio, participantId: string, [fromMs, toMs]: Interval): boolean {
  const mine = spells.filter((spell) => spell.participantId === participantId && spell.fromMs <= fromMs)
  return mine.length > 0 && toMs > fromMs && mine.every(({ came }) => total(missing(came, fromMs, toMs)) === toMs - fromMs)
}

export interface Gap {
  /** `null`: of everybody who was heard then. */
  participantId: string | null
  fromMs: number
  toMs: number
}

/** What is missing although nothing of the call explains it: neither a shut gate nor a silent hold (`excused`). In order of time. */
export function gapsOf({ spells }: HeardAudio, excused: ReadonlyMap<string | null, IntervalSet>): Gap[] {
  const gaps = spells.flatMap(({ participantId, fromMs, toMs, came }) => {
    const reasons = [...(excused.get(null) ?? []), ...(excused.get(participantId) ?? [])]
    const lost = reasons.reduce((rest, [from, to]) => subtract(rest, from, to), missing(came, fromMs, toMs))
    return lost.map(([from, to]): Gap => ({ participantId, fromMs: Math.floor(from), toMs: Math.ceil(to) }))
  })
  return [...Map.groupBy(gaps, ({ fromMs, toMs }) => `${fromMs} ${toMs}`).values()]
    .flatMap((same) => {
      const [first] = same
      const present = spells.filter((spell) => first !== undefined && spell.fromMs < first.toMs && spell.toMs > first.fromMs)
      return first !== undefined && same.length > 1 && same.length === present.length ? [{ ...first, participantId: null }] : same
    })
    .toSorted((a, b) => a.fromMs - b.fromMs)
}
