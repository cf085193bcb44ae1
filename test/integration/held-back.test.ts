import type { WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Engines } from '@twinreel/twinreel/engines'
import { expect, test } from 'vitest'
import { answeredCall, append, appendAndFold, audio, callEvent, enginesWith, passTime, startRecording, stepClock } from '../support/recorded-calls.ts'

const SOON = { timeout: 8_000, interval: 20 }
/** A second of audio, a minute ahead. */
const AHEAD_SECOND = 72
const ended = (seconds: number): WireMessage => callEvent('c1', 'call.ended', { atMs: seconds * 1_000 })

/** A call of twelve seconds, and one second a minute later; a checkpoint was written behind it. */
async function callWithAudioAhead(engines: Engines, recorder: Parameters<typeof appendAndFold>[1]): Promise<number> {
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'u'), ...audio('c1', 0, 12)])
  const [ahead = -1] = await appendAndFold(engines, recorder, audio('c1', AHEAD_SECOND, 1))
  for (let i = 0; i < 3; i += 1) {
    stepClock(15_000)
    await appendAndFold(engines, recorder, audio('c1', 11, 1))
  }
  const sessions = engines.catalog.db.selectFrom('sessions').select('log_offset')
  await expect.poll(async () => (await sessions.execute())[0]?.log_offset, SOON).toBeGreaterThan(0)
  return ahead
}

/** Of each second of the call that was captured, how many bytes of both sides are speech and not silence. */
async function spokenIn({ catalog, store }: Engines, second: number): Promise<number> {
  const rows = await catalog.db
    .selectFrom('segments')
    .select(['key', 'from_ms'])
    .where('from_ms', '<=', second * 1_000)
    .where('to_ms', '>', second * 1_000)
    .execute()
  const [row] = rows
  const wav = row === undefined ? null : await store.get(row.key)
  if (row === undefined || wav === null || wav === undefined) return 0
  const from = wav.length - Math.floor(wav.length / 16_000) * 16_000 + (second - row.from_ms / 1_000) * 16_000
  return wav.subarray(from, from + 16_000).filter((byte) => byte === 7).length
}

async function deadLetterOffsets({ eventLog }: Engines): Promise<number[]> {
  const [range] = await eventLog.ranges(TOPICS.deadLetters)
  const { records } = await eventLog.read({ topic: TOPICS.deadLetters, partition: 0, fromOffset: range?.firstOffset ?? 0, maxRecords: 1_000 })
  return records.flatMap(({ value }) => {
    const { offset, reason } = JSON.parse(Buffer.from(value ?? '').toString()) as { offset: number; reason: string }
    return reason === 'invalid-media' ? [offset] : []
  })
}

test.each([false, true])('audio that waits far ahead until the call goes on is recorded (recorder dies meanwhile: %s)', async (dies) => {
  const engines = await enginesWith({ u: 'always' })
  let { recorder, kill } = await startRecording(engines)
  const ahead = await callWithAudioAhead(engines, recorder)
  const [session] = await engines.catalog.db.selectFrom('sessions').select('log_offset').execute()
  expect(session?.log_offset).toBeLessThanOrEqual(ahead)
  if (dies) {
    kill()
    ;({ recorder, kill } = await startRecording(engines))
  }
  await appendAndFold(engines, recorder, [...audio('c1', AHEAD_SECOND + 1, 2), ended(AHEAD_SECOND + 3)])
  // What is missing is waited for a little longer.
  await passTime(8_000)
  const recordings = engines.catalog.db.selectFrom('recordings').select(['status', 'captured_ms', 'lost_ms'])
  await expect.poll(async () => (await recordings.execute())[0]?.status, SOON).toBe('completed')
  expect(await recordings.execute()).toEqual([{ status: 'completed', captured_ms: 75_000, lost_ms: 2 * 60_000 }])
  for (const second of [0, 11, 72, 73, 74]) expect(await spokenIn(engines, second), `second ${second}`).toBe(16_000)
  expect(await spokenIn(engines, 71)).toBe(0)
  expect(await deadLetterOffsets(engines)).toEqual([])
  await recorder.stop()
  await engines.catalog.close()
})

test.each([false, true])('audio that turns out to be at a wrong offset is one dead letter, at its own position (recorder dies meanwhile: %s)', async (dies) => {
  const engines = await enginesWith({ u: 'always' })
  let { recorder, kill } = await startRecording(engines)
  const ahead = await callWithAudioAhead(engines, recorder)
  if (dies) {
    kill()
    ;({ recorder, kill } = await startRecording(engines))
  }
  await appendAndFold(engines, recorder, audio('c1', 12, 1))
  if (dies) {
    kill()
    ;({ recorder, kill } = await startRecording(engines))
  }
  await append(engines, [...audio('c1', 13, 62), ended(75)])
  const recordings = engines.catalog.db.selectFrom('recordings').select(['status', 'captured_ms', 'lost_ms'])
  await expect.poll(() => recordings.execute(), SOON).toEqual([{ status: 'completed', captured_ms: 75_000, lost_ms: 0 }])
  await expect.poll(() => deadLetterOffsets(engines), SOON).toEqual([ahead])
  await recorder.stop()
  await engines.catalog.close()
})
