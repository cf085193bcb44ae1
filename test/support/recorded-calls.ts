import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { encodeCallEvent, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { silentLogger } from '@twinreel/service/log'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, onTestFinished, vi } from 'vitest'
import { temporaryDirectory } from './directories.ts'

type Mode = 'always' | 'never' | 'on-demand-user-start'
type Recording = Awaited<ReturnType<typeof recordWith>>

const BECAUSE = { actor: 'test', reason: 'test' }
const SAMPLES = 8_000
const QUICK = { tickMs: 20, checkpointEveryMs: 10_000 }
const EVEN_STEP_MS = 4_000

/** Engines of their own with these users, on a wall clock that stands still until it is stepped. */
export async function enginesWith(users: Record<string, Mode>): Promise<Engines> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 15, 9) })
  onTestFinished(() => void vi.useRealTimers())
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  await enableOrganization(engines.catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'partner', rules: { segmentSeconds: 5 } })
  for (const [userId, mode] of Object.entries(users)) {
    await addUser(engines.catalog, { ...BECAUSE, userId, orgId: 'acme', licence: 'professional' })
    await switchRecordingOn(engines.catalog, { ...BECAUSE, userId, settings: { mode, startStopAnnouncement: { internal: false, pstn: false } } })
  }
  stepClock(1_000)
  return engines
}

export function stepClock(ms: number): void {
  vi.setSystemTime((vi.getMockedSystemTime()?.getTime() ?? 0) + ms)
}

let monotonicNowMs = 0
let looks = 0

/** Time in which nothing jumps: it passes for the wall clock and for recorders, which look at it all the while. */
export async function passTime(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= EVEN_STEP_MS) {
    const before = looks
    stepClock(Math.min(leftMs, EVEN_STEP_MS))
    monotonicNowMs += Math.min(leftMs, EVEN_STEP_MS)
    await expect.poll(() => looks, { timeout: 10_000, interval: 1 }).toBeGreaterThan(before)
  }
}

/** The machine stands still for so long: every clock goes on, and nobody looks. */
export function sleepThrough(ms: number): void {
  stepClock(ms)
  monotonicNowMs += ms
}

/** Resolves when recorders that have read to their end have looked for silent calls again. */
export async function lookedForSilence(): Promise<void> {
  const before = looks
  await expect.poll(() => looks, { timeout: 10_000, interval: 1 }).toBeGreaterThan(before + 2)
}

/** A recorder that has caught up, and its sudden death: from then on nothing it asks for happens or answers. */
export async function startRecording(engines: Engines, more: Parameters<typeof recordWith>[2] = {}): Promise<{ recorder: Recording; kill(): void }> {
  let isDead = false
  const never = new Promise<never>(() => undefined)
  function mortal<T extends object>(engine: T): T {
    return new Proxy(engine, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => (isDead ? never : (value as (...all: unknown[]) => unknown).apply(target, args.map(withMortalHandler)))
      },
    })
  }
  function withMortalHandler(argument: unknown): unknown {
    if (typeof argument !== 'object' || argument === null || !('handler' in argument)) return argument
    return { ...argument, handler: mortal(argument.handler as object) }
  }
  const { eventLog, store, catalog } = engines
  const recorder = await recordWith(
    { ...engines, eventLog: mortal(eventLog), store: mortal(store), catalog: { ...catalog, db: mortal(catalog.db) } },
    silentLogger,
    {
      ...QUICK,
      monotonicMs() {
        looks += 1
        return monotonicNowMs
      },
      ...more,
    },
  )
  await recorder.ready
  return { recorder, kill: () => void (isDead = true) }
}

let lastId = 0

function options(): { id: string; source: string; timeMs: number } {
  lastId += 1
  return { id: `e${lastId}`, source: '/test', timeMs: vi.getMockedSystemTime()?.getTime() ?? 0 }
}

/** The event, and whether its publisher waits for an answer. */
export function callEvent<T extends Parameters<typeof encodeCallEvent>[1]>(
  callId: string,
  type: T,
  data: Parameters<typeof encodeCallEvent<T>>[2],
  awaits = false,
): WireMessage {
  return encodeCallEvent(callId, type, data, { ...options(), awaits })
}

/** A call of this user, answered, with a stream for each side. */
export function answeredCall(callId: string, userId: string): WireMessage[] {
  const stream = { codec: 'PCMU' as const, sampleRateHz: SAMPLES }
  return [
    callEvent(callId, 'call.started', {
      orgId: 'acme',
      callId,
      callType: 'pstn',
      participants: [
        { participantId: 'p1', role: 'originating', userId },
        { participantId: 'p2', role: 'terminating' },
      ],
    }),
    callEvent(callId, 'call.answered', {
      by: { kind: 'participant', participantId: 'p2' },
      streams: [
        { streamId: 's1', participantIds: ['p1'], ...stream },
        { streamId: 's2', participantIds: ['p2'], ...stream },
      ],
    }),
  ]
}

/** The audio of both sides, a message a second, from this second on. */
export function audio(callId: string, fromSecond: number, seconds: number): WireMessage[] {
  return Array.from({ length: seconds }, (_, i) => {
    const runs = ['s1', 's2'].map((streamId) => ({
      streamId,
      offset: (fromSecond + i) * SAMPLES,
      sampleCount: SAMPLES,
      bytes: new Uint8Array(SAMPLES).fill(7),
    }))
    return encodeMediaEvent(callId, runs, options())
  })
}

/** A message of no known kind, which becomes a dead letter. */
export function unreadable(): WireMessage {
  lastId += 1
  return { key: `bad-${lastId}`, headers: { x: '1' }, value: new TextEncoder().encode('x') }
}

/** Appends to the call log; answers the offsets. */
export async function append({ eventLog }: Engines, messages: readonly WireMessage[]): Promise<number[]> {
  const appended = await eventLog.append(messages.map((message) => ({ topic: TOPICS.calls, ...message })))
  return appended.map(({ offset }) => offset)
}

/** Appends, and waits until it has been folded: the message put behind it was refused. */
export async function appendAndFold(engines: Engines, recorder: Recording, messages: readonly WireMessage[]): Promise<number[]> {
  const before = recorder.stats().deadLetters
  const offsets = await append(engines, [...messages, unreadable()])
  await expect.poll(() => recorder.stats().deadLetters, { timeout: 10_000, interval: 5 }).toBeGreaterThan(before)
  return offsets
}

/** The types of what was sent to a topic. */
export async function typesIn({ eventLog }: Engines, topic: string): Promise<string[]> {
  const [range] = await eventLog.ranges(topic)
  const { records } = await eventLog.read({ topic, partition: 0, fromOffset: range?.firstOffset ?? 0, maxRecords: 10_000 })
  return records.map(({ headers }) => headers['ce_type'] ?? '')
}
