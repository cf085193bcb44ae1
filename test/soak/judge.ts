import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { callStatus } from '@twinreel/catalog/recorder'
import { systemClock } from '@twinreel/service/clock'
import { knownSettings } from '@twinreel/simulator/people'
import type { SimulatedCall } from '@twinreel/simulator/simulated-call'
import { truthOf, writeTruth, type CallTruth } from '@twinreel/simulator/truth'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { told } from '@twinreel/oracle/finding'
import { readWav } from '@twinreel/oracle/wav-reader'
import { sampleBytes } from '@twinreel/oracle/companding'
import type { Engines } from '@twinreel/twinreel/engines'
import { toldInLog } from '../sim/check/told-in-log.ts'
import { PLATFORM_FAILS } from '../support/recorders/evidence.ts'
import type { ObjectVersions } from '../support/recorders/object-versions.ts'
import { repeated } from '../support/recorders/recorded.ts'
import { callFiles } from './call-files.ts'
import { PEOPLE, segmentMsOf } from './calls.ts'
import type { Counts } from './classify.ts'
import { logOffsets } from './log-offsets.ts'
import { patiently } from './patiently.ts'
import { add, wrongSamples } from './wrong-samples.ts'

export interface Verdict extends Counts {
  calls: number
  recordings: number
  /** Of both channels, each compared with what was spoken. */
  samples: number
  /** What a shut gate kept back, as recordings say themselves. */
  namedLossMs: number
  /** Calls that are as the log tells, and not as their platform saw it. */
  toldByLog: number
  faults: string[]
}

/** Hears of every call that is over, waits until it is recorded, and compares every sample; what was compared is forgotten: truth and objects. */
export interface Judge {
  over(call: SimulatedCall): void
  /** Calls that are over and not judged yet. */
  waiting(): number
  /** Rejects when it can't go on. */
  failed: Promise<never>
  /** Resolves when all calls are judged; those that are not recorded in time are faults. */
  finish(): Promise<void>
  readonly verdict: Verdict
  /** Where the call of each recording that was judged was read, and which of them were completed. */
  readonly partitionOf: ReadonlyMap<string, number>
  readonly completed: ReadonlySet<string>
  /** Objects of calls with faults, which were not deleted. */
  readonly kept: ReadonlySet<string>
}

/** A call that is over is recorded in so much time, whatever happens to the recorders meanwhile. */
const RECORDED_WITHIN_MS = 120_000
const LOOK_EVERY_MS = 500
/** Calls judged beside each other. */
const LANES = 2
/** Longer than a call rings, and a clock may differ. */
const RINGS_MS = 10_000
const IDLE_END_MS = 120_000
const NOTE_EVERY_MS = 10_000
const DELETED_AT_ONCE = 500

export async function startJudge(
  { catalog, store, eventLog }: Pick<Engines, 'catalog' | 'store' | 'eventLog'>,
  { truthDir, versions, mayDelete }: { truthDir: string; versions: ObjectVersions; mayDelete(): boolean },
): Promise<Judge> {
  const users = await knownSettings(
    catalog,
    PEOPLE.map(({ orgId }) => orgId),
  )
  const settings = new Map([...users].map(([userId, known]) => [userId, known.settings]))
  const verdict: Verdict = { calls: 0, recordings: 0, samples: 0, namedLossMs: 0, toldByLog: 0, lost: 0, duplicated: 0, swapped: 0, faults: [] }
  const partitionOf = new Map<string, number>()
  const completed = new Set<string>()
  const kept = new Set<string>()
  let waiting: { truth: CallTruth; userIds: readonly string[]; written: Promise<void>; overMs: number }[] = []
  const log = logOffsets(eventLog)
  await log.note()
  let notedMs = systemClock.now()
  /** Objects that were found right, to be deleted. */
  let judged: string[] = []
  let isFinishing = false
  let judging = 0

  async function isRecorded(callId: string, userIds: readonly string[]): Promise<boolean> {
    if ((await patiently(() => callStatus(catalog, callId))) !== 'closed') return false
    const rows = await patiently(() => catalog.db.selectFrom('ledger').select('owner_id').where('call_id', '=', callId).execute())
    const unfinished = await patiently(() =>
      catalog.db.selectFrom('recordings').select('recording_id').where('call_id', '=', callId).where('status', 'in', ['recording', 'paused']).execute(),
    )
    return unfinished.length === 0 && userIds.every((userId) => rows.some(({ owner_id: ownerId }) => ownerId === userId))
  }

  async function judge(truth: CallTruth, userIds: readonly string[]): Promise<void> {
    const { callId, orgId } = truth
    const faultsBefore = verdict.faults.length
    const fault = (text: string): void => void verdict.faults.push(`${callId}: ${text}`)
    const rows = await patiently(() =>
      catalog.db
        .selectFrom('recordings as r')
        .innerJoin('calls as c', 'c.call_id', 'r.call_id')
        .select([
          'r.recording_id as recordingId',
          'r.call_id as callId',
          'r.owner_id as ownerId',
          'r.ordinal',
          'r.status',
          'r.lost_ms as lostMs',
          'c.log_partition as partition',
        ])
        .where('r.call_id', '=', callId)
        .execute(),
    )
    for (const { recordingId, status, partition, lostMs } of rows) {
      verdict.namedLossMs += lostMs
      partitionOf.set(recordingId, partition)
      if (status === 'completed') completed.add(recordingId)
      else if (status !== 'not-kept' && status !== 'empty') fault(`recording ${recordingId} is ${status}`)
    }
    const ledger = await patiently(() =>
      catalog.db.selectFrom('ledger').select(['owner_id', 'outcome', 'reason', 'late_ms']).where('call_id', '=', callId).execute(),
    )
    if (ledger.length !== userIds.length) fault(`${ledger.length} outcomes for ${userIds.length} users`)
    for (const row of ledger) {
      if (row.outcome === 'failed' && !PLATFORM_FAILS.has(row.reason ?? '')) fault(`the recording of ${row.owner_id} failed: ${row.reason}`)
      if (row.late_ms > 0) fault(`${row.late_ms} ms of ${row.owner_id} came late`)
    }
    const objects = callFiles(
      store,
      rows.map(({ ownerId, recordingId }) => `recordings/${orgId}/${ownerId}/${recordingId}/`),
    )
    const about = { truthDir, objects, recordings: rows }
    const check = () => checkRecordings({ ...about, callIds: [callId], rules: { segmentMs: segmentMsOf(orgId) } })
    let findings = await check()
    if (findings.length > 0) {
      // Who presses a key while nobody records presses it where the log says, which its platform can't know; so with a gate that nobody asks to open in time.
      await tellAsLogged(truth, rows[0]?.partition ?? 0)
      findings = await check()
    }
    if (findings.length > 0) {
      verdict.faults.push(...findings.map(told))
      add(verdict, await wrongSamples({ ...about, callId, segmentMs: segmentMsOf(orgId) }))
    }
    const keys = await objects.list()
    for (const key of repeated((await Promise.all(objects.prefixes.map(versions.below))).flat())) fault(`${key} was written more than once`)
    for (const key of keys.filter((name) => name.endsWith('.wav'))) {
      const { data, codec } = readWav((await objects.read(key)) ?? new Uint8Array(0))
      verdict.samples += data.length / sampleBytes(codec)
    }
    verdict.calls++
    verdict.recordings += rows.length
    // What is wrong stays to be looked at.
    if (verdict.faults.length > faultsBefore) {
      for (const key of keys) kept.add(key)
      return
    }
    judged.push(...keys)
    for (const file of [`${callId}.json`, ...truth.streams.map((stream) => stream.file)]) await rm(join(truthDir, file))
  }

  async function tellAsLogged(truth: CallTruth, partition: number): Promise<void> {
    const records = await patiently(() => log.recordsOf(truth.callId, partition, Date.parse(truth.timeZero) - RINGS_MS))
    const events = toldInLog({ truth }, { truth: { appended: () => records } }, IDLE_END_MS).map((event) => ({
      ...event,
      data: { ...event.data, atMs: event.atMs },
    }))
    await writeFile(join(truthDir, `${truth.callId}.json`), JSON.stringify({ ...truth, endLost: false, events }))
    verdict.toldByLog++
  }

  async function round(): Promise<void> {
    const nowMs = systemClock.now()
    if (nowMs - notedMs >= NOTE_EVERY_MS) {
      await patiently(log.note)
      notedMs = nowMs
    }
    const open: typeof waiting = []
    const asked = waiting
    waiting = []
    judging = asked.length
    async function lane(): Promise<void> {
      for (let one = asked.shift(); one !== undefined; one = asked.shift()) {
        const { truth, userIds, written, overMs } = one
        await written
        if (await isRecorded(truth.callId, userIds)) await judge(truth, userIds)
        else if (nowMs - overMs < RECORDED_WITHIN_MS) open.push(one)
        else verdict.faults.push(`${truth.callId}: not recorded ${Math.round((nowMs - overMs) / 1_000)} s after it was over`)
        judging--
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    waiting.push(...open)
  }

  /**
   * Not while somebody is frozen, or was just now: a put that he had begun can't be called back, and the store refuses it only as long as the object is there. Whoever writes
   * one of them again later had no business there, and is found at the end.
   */
  async function forget(): Promise<void> {
    while (judged.length > 0 && mayDelete()) {
      const keys = judged.slice(0, DELETED_AT_ONCE)
      await patiently(() => store.deleteMany(keys))
      judged = judged.slice(keys.length)
    }
  }

  async function work(): Promise<void> {
    while (!isFinishing || waiting.length > 0 || judged.length > 0) {
      await round()
      await forget()
      await delay(LOOK_EVERY_MS)
    }
  }

  const working = work()
  const failed = working.then(() => new Promise<never>(() => undefined))
  failed.catch(() => undefined)
  return {
    verdict,
    waiting: () => waiting.length + judging,
    failed,
    partitionOf,
    completed,
    kept,
    over(call) {
      const truth = truthOf(call, settings)
      const userIds = [...call.platform.users].filter((userId) => users.get(userId)?.orgId === truth.orgId)
      const written = writeTruth(truthDir, call, settings)
      written.catch(() => undefined)
      waiting.push({ truth, userIds, written, overMs: systemClock.now() })
    },
    async finish() {
      isFinishing = true
      await working
    },
  }
}
