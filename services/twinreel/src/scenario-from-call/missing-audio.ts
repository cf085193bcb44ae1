import { add, missing, type IntervalSet } from '@twinreel/media/intervals'
import { writeDuration } from '@twinreel/scenarios/language/call-clock'
import type { CapturedCall } from './captured-call.ts'
import type { Cast } from './cast.ts'
import type { StoryLine } from './fates.ts'
import { gapsOf, wasSilent, type Gap, type HeardAudio } from './heard-audio.ts'

/** Of plans: more losses than that have no lines of their own. */
const MAX_LOSSES = 500
const AWAY_FROM_MS = 2_000

/** Lines for audio that never came, and for a publisher that was away or began anew. */
export function missingAudio(call: CapturedCall, audio: HeardAudio, cast: Cast): { lines: StoryLine[]; notes: string[] } {
  const restarts = restartsOf(call, audio)
  const shut = gateShut(call, audio.endMs)
  const excused = new Map<string | null, IntervalSet>([[null, restarts.reduce((set, { fromMs, toMs }) => add(set, fromMs, toMs), shut)]])
  for (const { participantId, fromMs, toMs } of silentHolds(call, audio)) excused.set(participantId, add(excused.get(participantId) ?? [], fromMs, toMs))
  const gaps = gapsOf(audio, excused)
  const lines = restarts.map(({ fromMs, toMs }): StoryLine => ({ atMs: fromMs, text: `publisher restarts after ${writeDuration(toMs - fromMs)}` }))
  for (const gap of gaps.slice(0, MAX_LOSSES)) lines.push({ atMs: gap.fromMs, text: textOf(gap, call, audio, cast) })
  const notes = gaps.length > MAX_LOSSES ? [`audio was missing in ${gaps.length} places; the first ${MAX_LOSSES} are here`] : []
  return { lines, notes }
}

function textOf(gap: Gap, call: CapturedCall, audio: HeardAudio, cast: Cast): string {
  const { participantId, fromMs, toMs } = gap
  const lost = writeDuration(toMs - fromMs)
  if (participantId !== null) return `${cast.nameOf(participantId)}'s audio is lost for ${lost}`
  return toMs - fromMs >= AWAY_FROM_MS && toMs < audio.endMs && !wasTalkedAbout(call, gap) ? `publisher is away for ${lost}` : `all audio is lost for ${lost}`
}

/** Whether anything was published of a time in which no audio came. */
function wasTalkedAbout(call: CapturedCall, { fromMs, toMs }: Gap): boolean {
  return call.events.some((event) => {
    const clockMs = call.clockMs(event)
    return clockMs !== null && clockMs > fromMs && clockMs < toMs
  })
}

/** Holds during which nothing came of who held. */
export function silentHolds({ events }: CapturedCall, audio: HeardAudio): { participantId: string; fromMs: number; toMs: number }[] {
  return events.flatMap((event, index) => {
    if (event.type !== 'call.held') return []
    const { participantId } = event.data
    const fromMs = event.data.atMs ?? audio.clockAt(index)
    const after = events.findIndex(
      (later, at) => at > index && (later.type === 'call.retrieved' || later.type === 'participant.left') && later.data.participantId === participantId,
    )
    const until = events[after]
    const toMs = until?.type === 'call.retrieved' || until?.type === 'participant.left' ? (until.data.atMs ?? audio.clockAt(after)) : audio.endMs
    return wasSilent(audio, participantId, [fromMs, toMs]) ? [{ participantId, fromMs, toMs }] : []
  })
}

function gateShut({ events }: CapturedCall, endMs: number): IntervalSet {
  let sinceMs: number | null = null
  let shut: IntervalSet = []
  for (const event of events) {
    if (event.type === 'gate.closed') sinceMs ??= event.data.atMs ?? null
    if (event.type !== 'gate.opened' || sinceMs === null) continue
    shut = add(shut, sinceMs, event.data.atMs ?? sinceMs)
    sinceMs = null
  }
  return sinceMs === null ? shut : add(shut, sinceMs, endMs)
}

/** Another process went on where one had died: the events' source is another one. */
function restartsOf({ events }: CapturedCall, audio: HeardAudio): { fromMs: number; toMs: number }[] {
  const heard = audio.spells.flatMap(({ came }) => came).reduce<IntervalSet>((set, [from, to]) => add(set, from, to), [])
  return events.flatMap((event, index) => {
    const before = events[index - 1]
    if (before === undefined || before.source === event.source || audio.spells.length === 0) return []
    const fromMs = audio.clockAt(index - 1)
    const [gap] = missing(heard, fromMs, audio.endMs)
    return [{ fromMs, toMs: gap?.[0] === fromMs ? Math.ceil(gap[1]) : fromMs }]
  })
}
