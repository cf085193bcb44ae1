import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCallEvent, encodeMediaEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { NewRecord } from '@twinreel/event-log/port'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { makeLogger } from '@twinreel/service/log'
import { simulate } from '@twinreel/simulator/simulate'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, onTestFinished, test } from 'vitest'
import { canaryCalls, SEGMENT_SECONDS } from '../support/canary/calls.ts'
import { canarySpeaker, canaryValue } from '../support/canary/pattern.ts'
import { canariesAt, filesOf, otherTopics } from '../support/canary/places.ts'
import { temporaryDirectory } from '../support/directories.ts'

const SEED = 9_101
const LITTLE = { maxMemoryBytes: 400_000, maxWaitingBytes: 3_000_000 }

/** What nobody can take, with the canary in it: audio cut short, of no stream, of no call, as an event, as another event's data, and far too much of it. */
function refused(callId: string): NewRecord[] {
  const said = Uint8Array.from({ length: 800 }, (_, i) => canaryValue(1, i))
  const options = (id: string): { id: string; source: string; timeMs: number } => ({ id, source: '/canary', timeMs: 0 })
  const media = (id: string, streamId: string, of = callId): NewRecord => ({
    topic: TOPICS.calls,
    ...encodeMediaEvent(of, [{ streamId, offset: 0, sampleCount: said.length, bytes: said }], options(id)),
  })
  const whole = media('cut-short', 'caller')
  const event = encodeCallEvent(callId, 'call.held', { atMs: 0, participantId: 'caller' }, options('as-event'))
  return [
    { ...whole, value: whole.value.subarray(0, 500) },
    { ...whole, value: Buffer.concat([Uint8Array.of(1, 6), said]) },
    { ...whole, value: said },
    media('no-stream', 'nobody'),
    media('no-call', 'caller', `${callId}-unheard`),
    { topic: TOPICS.calls, ...event, value: said },
    { topic: TOPICS.calls, ...event, value: Buffer.from(JSON.stringify({ atMs: Buffer.from(said).toString('base64'), participantId: [...said] })) },
    { ...whole, value: Buffer.concat(Array.from({ length: 1_400 }, () => said)) },
  ]
}

test('while the store refuses, and of messages that nobody can take, nothing that was said in a pause is kept anywhere', async () => {
  const dataDir = temporaryDirectory()
  const truthDir = join(temporaryDirectory(), 'truth')
  const calls = canaryCalls({ seed: SEED, calls: 15, callMs: 45_000 })
  const engines = await openEngines({ dataDir })
  onTestFinished(engines.close)
  const { eventLog, catalog } = engines
  let isDown = true
  const store: ObjectStore = {
    ...engines.store,
    putIfAbsent: (put) => (isDown ? Promise.reject(new StoreError('the store is down', { retriable: true })) : engines.store.putIfAbsent(put)),
  }
  const lines: string[] = []
  const log = makeLogger({ name: 'canary', level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const recorder = await recordWith({ ...engines, store }, log, LITTLE)
  const simulated = simulate({ log: eventLog, catalog, ...calls, speaker: canarySpeaker(calls.pausesOf), speed: 'max', seed: SEED, truthDir })
  await expect.poll(() => recorder.stats().isFull, { timeout: 30_000, interval: 20 }).toBe(true)
  expect(readdirSync(join(dataDir, 'spool')).length).toBeGreaterThan(2)
  expect(canariesAt(filesOf(dataDir))).toEqual([])
  isDown = false
  await simulated
  const before = recorder.stats().deadLetters
  const messages = refused(calls.plans[0]?.callId ?? '')
  await eventLog.append(messages)
  await expect.poll(() => recorder.stats().deadLetters - before, { timeout: 10_000 }).toBe(messages.length)
  await recorder.stop()

  expect(calls.pauses).toBeGreaterThan(300)
  expect(lines.length).toBeGreaterThan(5)
  expect(canariesAt([...filesOf(dataDir), ...(await otherTopics(eventLog)), { name: 'log lines', bytes: Buffer.from(lines.join('')) }])).toEqual([])
  const recordings = await catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
    .execute()
  const rules = { segmentMs: SEGMENT_SECONDS * 1_000 }
  expect(await checkRecordings({ truthDir, objects: filesBelow(join(dataDir, 'objects')), recordings, rules })).toEqual([])
}, 120_000)
