import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { decodeCallEvent, type CallEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import type { EventLog } from '@twinreel/event-log/port'
import { openSqliteLog } from '@twinreel/event-log/sqlite'
import { silenceByte } from '@twinreel/media/format'
import { add, intersect, total, type IntervalSet } from '@twinreel/media/intervals'
import { l16FromNetwork } from '@twinreel/media/l16'
import { parseWav } from '@twinreel/media/wav'
import type { WaitingClock } from './clock.ts'
import { startFakeRecorder } from './fake-recorder.ts'
import { generatePlans } from './generate.ts'
import { NoRecorderError } from './no-recorder.ts'
import { AlreadySimulatedError, simulate, type SimulateOptions } from './simulate.ts'
import type { CallTruth } from './truth.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function engines(): Promise<{ log: EventLog; catalog: Catalog }> {
  const log = await openSqliteLog({ path: ':memory:' })
  const catalog = await openCatalog({ path: ':memory:' })
  cleanups.push(
    () => log.close(),
    () => catalog.close(),
  )
  await log.ensureTopics([
    { topic: TOPICS.calls, partitions: 2 },
    { topic: TOPICS.callCommands, partitions: 2 },
  ])
  return { log, catalog }
}

async function recorderOn(at: { log: EventLog; catalog: Catalog }, maxBatchBytes?: number): Promise<() => Promise<void>> {
  const recorder = await startFakeRecorder({ ...at, ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }) })
  cleanups.push(() => recorder.stop())
  return () => recorder.stop()
}

async function truthDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'truth-'))
  cleanups.push(() => rm(directory, { recursive: true }))
  return directory
}

/** A clock whose waiting is over at once, after everybody else had a turn. */
function steppedClock(): WaitingClock {
  let nowMs = Date.UTC(2030, 0, 1)
  return {
    now: () => nowMs,
    wait: async (delayMs, signal) => {
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      nowMs += delayMs
    },
  }
}

function options(seed: number, changes: Partial<SimulateOptions> & { calls?: number; callSeconds?: number } = {}): Omit<SimulateOptions, 'log' | 'catalog'> {
  const { calls = 24, callSeconds = 12, ...rest } = changes
  return { ...generatePlans({ seed, calls, users: 10, callSeconds }), seed, speed: 'max', ...rest }
}

async function eventsOf(log: EventLog): Promise<Map<string, CallEvent[]>> {
  const events = new Map<string, CallEvent[]>()
  for (const { partition, firstOffset } of await log.ranges(TOPICS.calls)) {
    for (let from = firstOffset; ;) {
      const { records } = await log.read({ topic: TOPICS.calls, partition, fromOffset: from })
      for (const { key, headers, value } of records) {
        const decoded = decodeCallEvent({ key, headers, value: value ?? new Uint8Array() })
        if (!decoded.ok) throw new Error(decoded.detail)
        events.set(key, [...(events.get(key) ?? []), decoded.message])
      }
      const last = records.at(-1)
      if (last === undefined) break
      from = last.offset + 1
    }
  }
  return events
}

const FAULTS = { loss: 0.05, duplicate: 0.1, reorder: 0.1, lostEnd: 0.2 }

describe('in lockstep', () => {
  it('says the same to the recorder, and the same of itself, however fast and in whatever pieces the recorder works', async () => {
    const runs = []
    for (const maxBatchBytes of [1, 4_194_304]) {
      const at = await engines()
      await recorderOn(at, maxBatchBytes)
      const truthDir = await truthDirectory()
      await simulate({ ...at, ...options(3, { faults: FAULTS, truthDir }) })
      const hash = createHash('sha256')
      for (const [callId, events] of [...(await eventsOf(at.log))].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        hash.update(callId + JSON.stringify(events, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)))
      for (const file of (await readdir(truthDir)).toSorted()) hash.update(file).update(await readFile(join(truthDir, file)))
      runs.push(hash.digest('hex'))
    }
    expect(runs[0]).toBe(runs[1])
  })

  it('obeys the recorder: prompts sound in the call’s own time and the gate shuts on the sample', async () => {
    const at = await engines()
    await recorderOn(at)
    const report = await simulate({ ...at, ...options(4) })
    expect(report).toMatchObject({ calls: 24, lostEnds: 0, droppedSeconds: 0 })
    expect(report.audioSeconds).toBeGreaterThan(24 * 2 * 11.9)
    for (const events of (await eventsOf(at.log)).values()) {
      expect(events.slice(events.findIndex(({ type }) => type === 'call.ended') + 1).map(({ type }) => type)).toEqual(['timer.due'])
      const finished = events.find((event) => event.type === 'prompt.finished')
      if (finished?.data.outcome === 'played') expect(finished.data).toMatchObject({ fromMs: 0, toMs: 2_105, atMs: 2_105 })
      const pressed = events.find((event) => event.type === 'control.pause')
      const closed = events.find((event) => event.type === 'gate.closed')
      expect(closed?.timeMs).toBe(pressed?.timeMs)
      expect(closed?.data).toEqual(
        closed === undefined ? undefined : { sequence: 1, atMs: (closed.timeMs ?? 0) - (events.find(({ type }) => type === 'call.answered')?.timeMs ?? 0) },
      )
    }
  })

  it('names the last message when it says that a call which vanished is over', async () => {
    const at = await engines()
    await recorderOn(at)
    const report = await simulate({ ...at, ...options(5, { faults: { lostEnd: 1 }, calls: 3, idleEndSeconds: 60 }) })
    expect(report.lostEnds).toBe(3)
    for (const events of (await eventsOf(at.log)).values()) {
      const [before, last] = events.slice(-2)
      expect(last).toMatchObject({ type: 'timer.due', data: { atMs: 12_000 + 60_000, after: { source: '/simulator/5', id: before?.id } } })
      expect(events.some(({ type }) => type === 'call.ended')).toBe(false)
    }
  })

  it('gives up when nobody answers', async () => {
    const at = await engines()
    const simulation = simulate({ ...at, ...options(6, { calls: 2, clock: steppedClock() }) })
    await expect(simulation).rejects.toThrow(NoRecorderError)
    await expect(simulation).rejects.toThrow('no recorder made progress for 30 s')
  })

  it('refuses a seed that was simulated here before, and appends nothing', async () => {
    const at = await engines()
    await recorderOn(at)
    await simulate({ ...at, ...options(7, { calls: 2 }) })
    const before = await at.log.ranges(TOPICS.calls)
    await expect(simulate({ ...at, ...options(7, { calls: 2 }) })).rejects.toThrow(AlreadySimulatedError)
    await expect(simulate({ ...at, ...options(7, { calls: 2 }) })).rejects.toThrow('seed 7 was simulated here before')
    expect(await at.log.ranges(TOPICS.calls)).toEqual(before)
  })

  it('ends early when it is told to', async () => {
    const at = await engines()
    const abort = new AbortController()
    const simulation = simulate({ ...at, ...options(8, { calls: 2, signal: abort.signal, onProgress: () => {} }) })
    abort.abort(new Error('enough'))
    await expect(simulation).rejects.toThrow('enough')
  })
})

describe('the truth', () => {
  it('holds every sample that was sent and did not get lost, and what was heard and pressed', async () => {
    const at = await engines()
    await recorderOn(at)
    const truthDir = await truthDirectory()
    const { people, plans, ...rest } = { ...generatePlans({ seed: 9, calls: 25, users: 10, callSeconds: 12 }), ...options(9) }
    await simulate({ ...at, ...rest, plans, people, faults: FAULTS, truthDir })
    for (const [callId, events] of await eventsOf(at.log)) {
      const truth = JSON.parse(await readFile(join(truthDir, `${callId}.json`), 'utf8')) as CallTruth
      const userIds = truth.participants.flatMap(({ userId }) => userId ?? [])
      expect(Object.keys(truth.settings).toSorted()).toEqual(userIds.toSorted())
      for (const userId of userIds) expect(truth.settings[userId]).toEqual(people.users.find((user) => user.userId === userId)?.settings)
      expect(truth.prompts.every(({ fromMs, toMs }) => fromMs < toMs && toMs <= 12_000)).toBe(true)
      const published = new Set(events.flatMap((event) => (event.type === 'media' || event.type === 'timer.due' ? [] : [event.id])))
      expect(new Set(truth.events.filter(({ type }) => type !== 'call.ended' || !truth.endLost).map(({ id }) => id))).toEqual(published)
      await expectAudioIn(truthDir, truth, events)
    }
  })
})

async function expectAudioIn(truthDir: string, truth: CallTruth, events: readonly CallEvent[]): Promise<void> {
  for (const stream of truth.streams) {
    const wav = parseWav(await readFile(join(truthDir, stream.file)))
    expect(wav).toMatchObject({ format: { codec: stream.codec, sampleRateHz: stream.sampleRateHz }, channels: 1, frames: stream.sampleCount })
    // Before a renegotiation and after it the same offsets may mean different samples.
    if (truth.streams.filter(({ streamId }) => streamId === stream.streamId).length > 1) continue
    const sampleBytes = stream.codec === 'L16' ? 2 : 1
    let sent: IntervalSet = []
    for (const run of events.flatMap((event) => (event.type === 'media' ? event.runs : [])).filter(({ streamId }) => streamId === stream.streamId)) {
      sent = add(sent, run.offset, run.offset + run.sampleCount)
      const from = (run.offset - stream.firstSample) * sampleBytes
      const inLog = stream.codec === 'L16' ? l16FromNetwork(run.bytes) : run.bytes
      expect(Buffer.from(inLog).equals(Buffer.from(wav.data.subarray(from, from + inLog.length)))).toBe(true)
    }
    const missing = [...stream.dropped, ...stream.silences]
    for (const [from, to] of missing) expect(intersect(sent, from, to)).toEqual([])
    for (const [from, to] of stream.silences)
      expect(new Set(wav.data.subarray((from - stream.firstSample) * sampleBytes, (to - stream.firstSample) * sampleBytes))).toEqual(
        new Set([silenceByte(stream.codec)]),
      )
    const gated = truth.events.some(({ type }) => type === 'gate.closed')
    if (!gated) expect(total(sent) + missing.reduce((sum, [from, to]) => sum + to - from, 0)).toBe(stream.sampleCount)
  }
}

describe('in real time', () => {
  it('goes on while the recorder is away, and ends when the one that comes back has settled every call', async () => {
    const at = await engines()
    const stop = await recorderOn(at)
    let away = false
    const clock = steppedClock()
    const startMs = clock.now()
    let back: Promise<unknown> = Promise.resolve()
    const outages: WaitingClock = {
      now: () => clock.now(),
      wait: async (delayMs, signal) => {
        await clock.wait(delayMs, signal)
        if (!away && clock.now() > startMs + 8_000) {
          away = true
          await stop()
        } else if (away && clock.now() > startMs + 12_000) {
          back = recorderOn(at)
          await back
          outages.wait = (ms, until) => clock.wait(ms, until)
        }
      },
    }
    const report = await simulate({ ...at, ...options(10, { speed: 'real', clock: outages, calls: 12, patienceMs: 3_600_000 }) })
    await back
    expect(report).toMatchObject({ calls: 12 })
    for (const [callId, events] of await eventsOf(at.log)) {
      expect(
        events.every(({ awaits }) => !awaits),
        callId,
      ).toBe(true)
      expect(events.at(-1)?.type).toBe('call.ended')
      const answered = events.find(({ type }) => type === 'call.answered')
      expect(answered?.timeMs).toBeGreaterThanOrEqual(startMs)
    }
  })
})
