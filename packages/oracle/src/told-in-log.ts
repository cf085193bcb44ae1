import { decodeCallEvent, type CallEvent } from '@twinreel/contracts/messages'
import type { TrueEvent } from './truth-files.ts'

/** A record of the topic `calls`. */
export interface CallRecord {
  key: string
  headers: Readonly<Record<string, string>>
  value: Uint8Array | null
}

export interface LogReader {
  /** The next record; one of another call says nothing. */
  take(record: CallRecord): void
  /** What was told so far. */
  told: readonly TrueEvent[]
}

/** A key is pressed at most so far ahead of what the call has come to. */
const MOST_AHEAD_MS = 10_000
/** One that lets audio in is believed for longer. */
const MOST_AHEAD_OPENING_MS = 120_000

/**
 * Reads a call's events in the order and at the call times in which the log tells them: each once, however often it came; a control without a time of its own where it
 * stands; and between them how far the call has come (`clock`), when it fell silent and when it went on.
 */
export function logReader(callId: string, { timeZeroMs, idleEndMs }: { timeZeroMs: number; idleEndMs: number }): LogReader {
  const told: TrueEvent[] = []
  const seen = new Set<string>()
  const rates = new Map<string, number>()
  let [clockMs, audioEndMs] = [0, 0]
  let last = ''
  let phase: 'ringing' | 'talking' | 'silent' | 'over' = 'ringing'

  function tell(type: string, atMs: number, data: TrueEvent['data'] = {}, id = `${type} ${told.length}`): void {
    told.push({ id, type, atMs, data })
  }

  function move(toMs: number): void {
    if (toMs <= clockMs) return
    clockMs = toMs
    tell('clock', clockMs)
  }

  function goOn(fromMs: number): void {
    if (phase !== 'silent') return
    phase = 'talking'
    tell('call.went-on', Math.max(fromMs, clockMs))
  }

  function hear(runs: Extract<CallEvent, { type: 'media' }>['runs']): void {
    const spans = runs.map(({ streamId, offset, sampleCount }) => {
      const perMs = (rates.get(streamId) ?? 8_000) / 1_000
      return {
        fromMs: Math.floor(offset / perMs),
        toMs: Math.floor((offset + sampleCount) / perMs),
        endMs: sampleCount === 0 ? 0 : Math.ceil((offset + sampleCount) / perMs),
      }
    })
    // That nothing is heard says that the call lives, and not that it is talked again.
    const fresh = spans.filter(({ toMs, endMs }) => endMs > 0 && toMs > clockMs).map(({ fromMs }) => fromMs)
    if (fresh.length > 0) goOn(Math.min(...fresh))
    if (phase !== 'talking' && phase !== 'silent') return
    if (phase === 'talking') audioEndMs = Math.max(audioEndMs, ...spans.map(({ endMs }) => endMs))
    move(Math.max(clockMs, ...spans.map(({ toMs }) => toMs)))
  }

  function pass(message: Extract<CallEvent, { type: 'timer.due' }>): void {
    const { after, atMs } = message.data
    if (phase !== 'talking' || `${after.source} ${after.id}` !== last) return
    tell('clock', atMs)
    if (atMs - clockMs < idleEndMs) return
    phase = 'silent'
    tell('call.fell-silent', clockMs, { atMs: audioEndMs })
  }

  function finalsMs(finals: readonly { streamId: string; sampleOffset: number }[]): number[] {
    return finals.map(({ streamId, sampleOffset }) => Math.ceil((sampleOffset * 1_000) / (rates.get(streamId) ?? 8_000)))
  }

  function happen(message: Exclude<CallEvent, { type: 'media' | 'timer.due' }>): void {
    if (message.type === 'call.answered') phase = 'talking'
    for (const { streamId, sampleRateHz } of streamsIn(message)) rates.set(streamId, sampleRateHz)
    const data = message.data as TrueEvent['data']
    const isControl = message.type.startsWith('control.')
    const saidMs = message.type === 'call.answered' ? 0 : (data.atMs ?? (isControl || message.timeMs === null ? clockMs : message.timeMs - timeZeroMs))
    // Audio that the platform declares is audio of the call, even if the clock that dates its end is behind.
    const atMs = message.type === 'call.ended' ? Math.max(saidMs, ...finalsMs(message.data.finalSamples)) : saidMs
    if (GOES_ON.has(message.type)) goOn(atMs)
    if (!isControl && phase === 'talking') move(atMs)
    const aheadMs = message.type === 'control.start' || message.type === 'control.resume' ? MOST_AHEAD_OPENING_MS : MOST_AHEAD_MS
    tell(message.type, isControl ? Math.min(atMs, clockMs + aheadMs) : atMs, data, message.id)
    if (message.type === 'call.ended') phase = 'over'
  }

  return {
    told,
    take(record) {
      if (record.key !== callId || record.value === null) return
      const decoded = decodeCallEvent({ key: record.key, headers: record.headers, value: record.value })
      if (!decoded.ok) return
      const { message } = decoded
      if (message.type === 'timer.due') return pass(message)
      last = `${message.source} ${message.id}`
      if (message.type === 'media') hear(message.runs)
      else if (!seen.has(message.id)) happen(message)
      seen.add(message.id)
    },
  }
}

const GOES_ON: ReadonlySet<string> = new Set(['participant.joined', 'stream.added', 'stream.changed', 'call.held', 'call.retrieved'])

function streamsIn(message: CallEvent): readonly { streamId: string; sampleRateHz: number }[] {
  if (message.type === 'call.answered' || message.type === 'participant.joined') return message.data.streams
  return message.type === 'stream.added' || message.type === 'stream.changed' ? [message.data.stream] : []
}
