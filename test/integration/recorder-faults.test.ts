import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { expect, test } from 'vitest'
import {
  answeredCall,
  append,
  appendAndFold,
  audio,
  callEvent,
  enginesWith,
  lookedForSilence,
  passTime,
  sleepThrough,
  startRecording,
  stepClock,
  typesIn,
  unreadable,
} from '../support/recorded-calls.ts'

const SOON = { timeout: 8_000, interval: 20 }
const PAUSE = { userId: 'u', via: 'app' } as const

const ended = ({ catalog }: Engines): Promise<unknown[]> =>
  catalog.db.selectFrom('recordings').select('recording_id').where('ended_log_ms', 'is not', null).execute()
const outcomes = ({ catalog }: Engines): Promise<unknown[]> => catalog.db.selectFrom('ledger').select(['call_id', 'outcome', 'reason']).execute()
const isCommand = (topic: string | undefined): boolean => topic === TOPICS.callCommands

test('what is refused while the catalog is locked becomes a dead letter when the lock is gone', async () => {
  const engines = await enginesWith({ u: 'always' })
  const { recorder } = await startRecording(engines)
  const other = new DatabaseSync(join(engines.dataDir, 'catalog.db'))
  other.exec('begin immediate')
  for (let i = 1; i <= 50; i++) await appendAndFold(engines, recorder, [])
  other.exec('commit')
  other.close()
  await append(engines, [unreadable()])
  await expect.poll(async () => (await typesIn(engines, TOPICS.deadLetters)).length, SOON).toBe(51)
  await recorder.stop()
  await engines.close()
})

test('a call that has gone silent ends although others append at the very moment its timer is due', async () => {
  const engines = await enginesWith({ u: 'always' })
  let intrusions = 0
  const intrude = async (): Promise<void> => {
    if (intrusions === 0) return
    intrusions -= 1
    await append(engines, [unreadable()])
  }
  const eventLog: EventLog = {
    ...engines.eventLog,
    async ranges(topic) {
      await intrude()
      return engines.eventLog.ranges(topic)
    },
    async append(records) {
      if (records[0]?.topic === TOPICS.calls) await intrude()
      return engines.eventLog.append(records)
    },
  }
  const { recorder } = await startRecording({ ...engines, eventLog })
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'u'), ...audio('c1', 0, 2)])
  intrusions = 3
  await passTime(130_000)
  await expect.poll(async () => (await ended(engines)).length, SOON).toBe(1)
  await recorder.stop()
  await engines.close()
})

test.each([
  ['the wall clock is set three hours forward', stepClock],
  ['the machine sleeps for three hours', sleepThrough],
] as const)('a call goes on when %s', async (_how, jump) => {
  const engines = await enginesWith({ u: 'always' })
  const { recorder } = await startRecording(engines)
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'u'), ...audio('c1', 0, 2)])
  jump(3 * 3_600_000)
  await lookedForSilence()
  await appendAndFold(engines, recorder, [...audio('c1', 2, 3), callEvent('c1', 'call.ended', { atMs: 5_000 })])
  const recordings = engines.catalog.db.selectFrom('recordings').select(['status', 'captured_ms'])
  await expect.poll(() => recordings.execute(), SOON).toEqual([{ status: 'completed', captured_ms: 5_000 }])
  expect(await typesIn(engines, TOPICS.calls)).not.toContain('io.twinreel.timer.due.v1')
  await recorder.stop()
  await engines.close()
})

test('a call that is not recorded does not hold the safe offset back beside a busy one', async () => {
  const engines = await enginesWith({ u: 'always', q: 'never' })
  const { recorder } = await startRecording(engines)
  await appendAndFold(engines, recorder, [...answeredCall('quiet', 'q'), ...answeredCall('busy', 'u')])
  const middle: number[] = []
  for (let second = 0; second < 60; second += 5) {
    stepClock(5_000)
    const offsets = await appendAndFold(engines, recorder, [...audio('quiet', second, 5), ...audio('busy', second, 5)])
    if (second === 30) middle.push(...offsets)
  }
  const { db } = engines.catalog
  const safe = async (): Promise<number> => (await db.selectFrom('partitions').select('safe_offset').executeTakeFirst())?.safe_offset ?? 0
  await expect.poll(safe, SOON).toBeGreaterThan(middle[0] ?? Infinity)
  const quiet = await db.selectFrom('sessions').select('log_offset').where('call_id', '=', 'quiet').executeTakeFirst()
  expect(quiet?.log_offset).toBeGreaterThan(middle[0] ?? Infinity)
  await recorder.stop()
  await engines.close()
})

test('a call that was ended by its silence goes on after a crash as if there had been none', async () => {
  const engines = await enginesWith({ u: 'always', q: 'on-demand-user-start' })
  const { recorder, kill } = await startRecording(engines)
  await appendAndFold(engines, recorder, [...answeredCall('quiet', 'q'), ...audio('quiet', 0, 1)])
  await passTime(130_000)
  const closed = engines.catalog.db.selectFrom('calls').select('call_id').where('ended_log_ms', 'is not', null)
  await expect.poll(() => closed.execute(), SOON).toEqual([{ call_id: 'quiet' }])
  await appendAndFold(engines, recorder, [...answeredCall('busy', 'u'), ...audio('busy', 0, 12)])
  kill()
  const next = await startRecording(engines)
  await append(engines, [callEvent('quiet', 'control.start', { userId: 'q', via: 'app' }), ...audio('quiet', 130, 15)])
  await append(engines, [callEvent('quiet', 'call.ended', { atMs: 145_000 })])
  const recordings = engines.catalog.db.selectFrom('recordings').select(['status', 'captured_ms']).where('call_id', '=', 'quiet')
  await expect.poll(() => recordings.execute(), SOON).toEqual([expect.objectContaining({ status: 'completed' })])
  expect((await recordings.execute())[0]?.captured_ms).toBeGreaterThanOrEqual(14_000)
  await next.recorder.stop()
  await engines.catalog.close()
})

test('when the log is gone and the recorder that noticed dies too, the next one ends the recording by name, with what is durable of it', async () => {
  const engines = await enginesWith({ u: 'always' })
  const { recorder, kill } = await startRecording(engines)
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'u'), ...audio('c1', 0, 12)])
  await expect.poll(() => engines.catalog.db.selectFrom('segments').select('recording_id').execute(), SOON).not.toEqual([])
  kill()
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(engines.dataDir, `log.db${suffix}`), { force: true })
  const after = await openEngines({ dataDir: engines.dataDir })
  let puts = 0
  const store = { ...after.store, putIfAbsent: (): Promise<never> => new Promise<never>(() => (puts += 1)) }
  const second = await startRecording({ ...after, store })
  await expect.poll(() => puts, SOON).toBeGreaterThan(0)
  second.kill()
  const third = await startRecording(after)
  await expect.poll(() => outcomes(after), SOON).toEqual([{ call_id: 'c1', outcome: 'recorded', reason: null }])
  expect(await ended(after)).toHaveLength(1)
  const rows = after.catalog.db.selectFrom('recordings').select(['status', 'end_reason', 'segment_count', 'captured_ms'])
  expect(await rows.execute()).toEqual([{ status: 'failed', end_reason: 'log-lost', segment_count: 1, captured_ms: 5_000 }])
  await third.recorder.stop()
  await after.catalog.close()
  await engines.catalog.close()
})

test('a call so young that nothing of it is checkpointed ends as lost when the log was trimmed past it', async () => {
  const engines = await enginesWith({ u: 'always' })
  const { recorder, kill } = await startRecording(engines)
  const [, , firstAudio] = await appendAndFold(engines, recorder, [...answeredCall('c1', 'u'), ...audio('c1', 0, 2)])
  await expect.poll(() => engines.catalog.db.selectFrom('recordings').select('recording_id').execute(), SOON).toHaveLength(1)
  kill()
  stepClock(1_000)
  await engines.eventLog.trim({ topic: TOPICS.calls, partition: 0, beforeOffset: firstAudio ?? 0, olderThanMs: Number.MAX_SAFE_INTEGER })
  const next = await startRecording(engines)
  await expect.poll(() => outcomes(engines), SOON).toEqual([{ call_id: 'c1', outcome: 'failed', reason: 'log-lost' }])
  expect(await ended(engines)).toHaveLength(1)
  await next.recorder.stop()
  await engines.catalog.close()
})

test.each(['fails', 'never answers, and the recorder dies'] as const)('answers are sent although their first append %s', async (fault) => {
  const engines = await enginesWith({ u: 'always' })
  let faults = 0
  let isFaulty = false
  const eventLog: EventLog = {
    ...engines.eventLog,
    append(records) {
      if (!isFaulty || !isCommand(records[0]?.topic)) return engines.eventLog.append(records)
      faults += 1
      if (fault !== 'fails') return new Promise<never>(() => undefined)
      isFaulty = false
      return Promise.reject(new Error('the log did not take it'))
    },
  }
  const { recorder, kill } = await startRecording({ ...engines, eventLog })
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'u'), ...audio('c1', 0, 9)])
  isFaulty = true
  stepClock(61_000)
  await append(engines, [
    ...audio('c1', 9, 1),
    callEvent('c1', 'control.pause', PAUSE, true),
    callEvent('c1', 'call.ended', { atMs: 10_000 }),
    ...audio('c1', 9, 1),
  ])
  await expect.poll(() => faults, SOON).toBe(1)
  if (fault !== 'fails') kill()
  const last = fault === 'fails' ? recorder : (await startRecording(engines)).recorder
  const answers = ['io.twinreel.control.rejected.v1', 'io.twinreel.event.handled.v1']
  await expect.poll(() => typesIn(engines, TOPICS.callCommands), SOON).toEqual(expect.arrayContaining(answers))
  await last.stop()
  await engines.catalog.close()
})
