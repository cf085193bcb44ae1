import { fromBinary, parseJson } from '@twinreel/contracts/cloudevents'
import { decodeCommand } from '@twinreel/contracts/messages'
import { partitionOfKey } from '@twinreel/event-log/key-partition'
import { ask, comeTo } from './asked.ts'
import { blame, bounded, createCallWatch, type CallWatch } from './call-watch.ts'
import { closeCall } from './close-call.ts'
import { addCall, note, type CallFindings, type Finding } from './findings.ts'
import { isIdleEnd, isSilent, mayGoOn } from './going-on.ts'
import { rememberNumber, rememberNumbersIn } from './numbers.ts'
import type { ObservedMessage, Stretch } from './observed.ts'
import { readMessage } from './read-envelope.ts'
import type { Code } from './rules.ts'
import { createStretches, type Seen } from './stretches.ts'
import { told } from './told.ts'
import { watchMedia } from './watch-audio.ts'
import { watchOrder } from './watch-order.ts'
import { watchTime } from './watch-time.ts'

export interface ConformityReport {
  /** No error; there may be warnings. */
  conforms: boolean
  messages: number
  calls: number
  /** Exact repeats: they do no harm. */
  repeats: number
  /** Errors first, then by how many calls have it. */
  findings: Finding[]
}

export interface ConformityOptions {
  /** How many partitions the topic `calls` has; `null` when that is not known: then nothing is said about where a key belongs. */
  partitions: number | null
}

/** Judges a stream of messages, one after the other; of each topic's partition in its order. */
export interface Conformity {
  take(message: ObservedMessage, of: Stretch): void
  report(): ConformityReport
  /** How many calls have ended, and how many may still go on at `nowMs` (UTC). */
  counts(nowMs: number): { readonly ended: number; readonly live: number }
}

/** Calls that are remembered at once, over ones included; the oldest go first. */
const MAX_CALLS = 4_000
const REMEMBERED_IDS = 256
/** A call that says where it is was answered that long ago; so long may it have rung. */
const RINGING_MS = 120_000

export function createConformity({ partitions }: ConformityOptions): Conformity {
  const watches = new Map<string, { call: CallWatch; seen: Seen }>()
  const report = new Map<Code, Finding>()
  const nowhere: CallFindings = new Map()
  const nobodys = { numbers: new Set<string>() }
  const counts = { messages: 0, calls: 0, repeats: 0, ended: 0 }
  const seenOf = createStretches()

  /** The same call in two captures is judged in each. */
  function watchOf(seen: Seen, callId: string): CallWatch {
    const key = `${seen.number} ${callId}`
    const known = watches.get(key)
    if (known !== undefined) return known.call
    const watch = createCallWatch(callId, seen.of.fromBeginning !== true)
    watches.set(key, { call: watch, seen })
    if (watches.size > MAX_CALLS) {
      const [oldest] = [
        ...watches
          .values()
          .filter(({ call }) => call.phase === 'ended')
          .take(1),
        ...watches.values().take(1),
      ]
      if (oldest !== undefined) forget(oldest)
    }
    return watch
  }

  /** What comes of it after this comes of a call that began before. */
  function forget(oldest: { call: CallWatch; seen: Seen }): void {
    const { call, seen } = oldest
    seen.hasForgotten = true
    if (call.last.position === '') seen.hasForgottenCommands = true
    else if (call.phase !== 'ended') seen.hasForgottenLive = true
    close(oldest, call.phase !== 'ended')
  }

  function close({ call, seen }: { call: CallWatch; seen: Seen }, isForgotten = false): void {
    const home = partitions === null ? null : partitionOfKey(call.callId, partitions)
    closeCall(call, {
      isOver: (seen.of.isWhole && !isForgotten) || isSilent(call, seen.newestMs),
      home,
      hasCommands: seen.hasCommands,
      hasEveryCommand: !seen.hasForgottenCommands,
    })
    addCall(report, call.found, call.numbers)
    watches.delete(`${seen.number} ${call.callId}`)
    // Of some only commands were read.
    if (call.last.position !== '') counts.calls++
  }

  function takeCommand({ key, headers, value, position, appendedAtMs }: ObservedMessage, seen: Seen): void {
    seen.hasCommands = true
    const decoded = key === null || value === null ? null : decodeCommand({ key, headers, value })
    if (decoded?.ok !== true) return
    const { callId, command } = decoded.message
    if (seen.hasForgotten && !watches.has(`${seen.number} ${callId}`)) {
      seen.hasForgottenCommands = true
      return
    }
    const call = watchOf(seen, callId)
    const when = { appendedMs: appendedAtMs, position }
    if (command.type === 'prompt.play') ask(call, call.prompts, command.data.promptId, { ...when, atMs: command.data.expiresAtMs ?? command.data.atMs })
    else if (command.type === 'gate.close' || command.type === 'gate.open') ask(call, call.gates, command.data.sequence, { ...when, atMs: command.data.atMs })
  }

  function takeEvent(message: ObservedMessage, seen: Seen): void {
    counts.messages++
    const { position, partition, appendedAtMs } = message
    const fromBeginning = typeof seen.of.fromBeginning === 'boolean' ? seen.of.fromBeginning : partition !== null && seen.of.fromBeginning.has(partition)
    seen.newestMs = Math.max(seen.newestMs, appendedAtMs ?? 0)
    if (partition !== null && !seen.begins.has(partition)) seen.begins.set(partition, fromBeginning ? null : appendedAtMs)
    const { event, callId, id, wrong } = readMessage(message)
    if (callId === null) {
      // All that are told of no call may be more than are remembered.
      const own = { numbers: new Set<string>() }
      rememberNumbersIn(own, message.value)
      for (const number of own.numbers) rememberNumber(nobodys, number)
      for (const { code, detail } of wrong) note(nowhere, code, { callId: null, eventId: id === '' ? null : id, position, detail, numbers: own.numbers })
      return
    }
    const call = watchOf(seen, callId)
    if (appendedAtMs !== null) comeTo(call, appendedAtMs)
    // Its commands may have been read first, and they don't tell.
    if (call.last.position === '' && call.phase === 'unseen') call.isPartial = !fromBeginning || seen.hasForgottenLive
    const at = { id, position }
    for (const { code, detail } of wrong) blame(call, code, at, detail)
    if (event === null) return rememberNumbersIn(call, message.value)
    const isOurs = event.type === 'timer.due'
    if (partition !== null && !isOurs) call.partitions.add(partition)
    if (isRepeat(call, message, event.source, at)) return
    call.isIdleEnded = isOurs && call.phase !== 'ended' && (call.isIdleEnded || isIdleEnd(call, event.data.atMs))
    if (isOurs) {
      if (event.type === 'timer.due') call.lastTimerMs = event.data.atMs
      return
    }
    call.last = at
    call.lastAppendedMs = appendedAtMs
    const wasEnded = call.phase === 'ended'
    if (!event.type.startsWith('control.')) watchSource(call, event.source, at)
    judgeBeginning(call, message, event, seen)
    if (!wasEnded) watchTime(call, event, position, appendedAtMs)
    if (event.type !== 'media') watchOrder(call, event, at, new Set(fieldsOf(message)))
    else if (call.phase === 'ended') blame(call, 'after-end', at, told`media`)
    else if (call.phase === 'answered' || (call.phase === 'unseen' && call.isPartial)) watchMedia(call, event, position, appendedAtMs)
    else if (call.phase === 'unseen') blame(call, 'call-not-started', at, told`media came first`)
    else call.earlyMedia ??= at
    if (!wasEnded && call.phase === 'ended') counts.ended++
  }

  /** A call whose beginning was not read may still be known to have begun since: then it is missing. */
  function judgeBeginning(call: CallWatch, { partition, appendedAtMs }: ObservedMessage, event: { type: string; data?: unknown }, { begins }: Seen): void {
    const sinceMs = begins.get(partition ?? -1)
    if (!call.isPartial || call.phase !== 'unseen' || sinceMs === null || sinceMs === undefined || appendedAtMs === null) return
    const data = event.data
    const atMs = typeof data === 'object' && data !== null && 'atMs' in data && typeof data.atMs === 'number' ? data.atMs : null
    if (atMs !== null && appendedAtMs - sinceMs > atMs + RINGING_MS) call.isPartial = false
  }

  function isRepeat(call: CallWatch, message: ObservedMessage, source: string, at: { id: string; position: string }): boolean {
    const name = hashOf(new TextEncoder().encode(`${source}\n${at.id}`), 0)
    const content = hashOf(message.value ?? new Uint8Array(), hashOf(new TextEncoder().encode(message.headers['ce_type'] ?? ''), 0))
    const known = call.ids.get(name)
    call.ids.set(name, known ?? content)
    bounded(call.ids, REMEMBERED_IDS)
    if (known === undefined) return false
    if (known === content) counts.repeats++
    else blame(call, 'duplicate-id', at, told`an earlier message of the call has it`)
    return true
  }

  return {
    take: (message, of) => (message.topic === 'calls' ? takeEvent(message, seenOf(of)) : takeCommand(message, seenOf(of))),
    counts: (nowMs) => ({
      ended: counts.ended,
      live: watches
        .values()
        .filter(({ call }) => mayGoOn(call, nowMs))
        .toArray().length,
    }),
    report() {
      for (const one of watches.values()) close(one)
      addCall(report, nowhere, nobodys.numbers)
      const findings = [...report.values()].toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning') || b.calls - a.calls)
      const { messages, calls, repeats } = counts
      return { conforms: findings.every(({ severity }) => severity === 'warning'), messages, calls, repeats, findings }
    },
  }
}

/** The verdict on messages that are all there is: what a test of a corpus asks. */
export function conformityOf(messages: Iterable<ObservedMessage>, { partitions = null }: { partitions?: number | null } = {}): ConformityReport {
  const conformity = createConformity({ partitions })
  const all: Stretch = { isWhole: true, fromBeginning: true }
  for (const message of messages) conformity.take(message, all)
  return conformity.report()
}

function watchSource(call: CallWatch, source: string, at: { id: string; position: string }): void {
  if (call.sources.at(-1) === source) return
  if (call.sources.includes(source)) blame(call, 'two-producers', at, told`${source} came back after ${call.sources.at(-1) ?? ''}`)
  call.sources = [...call.sources.filter((other) => other !== source), source].slice(-8)
}

/** The fields that the event's data has of its own, not by default. */
function fieldsOf({ headers, value }: ObservedMessage): string[] {
  const json = parseJson(fromBinary(headers, value ?? new Uint8Array()).data)
  return typeof json === 'object' && json !== null ? Object.keys(json) : []
}

/** FNV-1a over two lanes, 53 bits: equal contents have equal hashes, and a chance meeting is no danger here. */
function hashOf(bytes: Uint8Array, seed: number): number {
  let [low, high] = [0x811c9dc5 ^ (seed & 0xffff), 0x1b873593 ^ (seed >>> 16)]
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193)
    high = Math.imul(high ^ byte, 0x85ebca6b)
  }
  return (low >>> 0) + (high >>> 11) * 2 ** 32
}
