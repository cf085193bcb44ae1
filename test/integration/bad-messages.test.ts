import { join } from 'node:path'
import { encodeCallEvent, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { hashesBelow } from '../support/objects.ts'
import { ONE_KEY } from '../support/signing.ts'

const CALLS = { seed: 5, calls: 20, users: 10, callSeconds: 65 }
const utf8 = new TextEncoder()

interface Bad {
  message: WireMessage
  /** `null`: an exact repeat, which is counted and no dead letter. */
  reason: string | null
}

/** The kinds of bad message, over and over, each under a call and an id of its own. */
function badMessages(count: number, endedCallId: string): Bad[] {
  return Array.from({ length: count }, (_, i) => badMessage(i, endedCallId))
}

function badMessage(i: number, endedCallId: string): Bad {
  const callId = `bad-${i}`
  const options = { id: `bad-${i}`, source: '/bad', timeMs: 1_767_225_600_000 }
  const good = encodeCallEvent(callId, 'call.held', { participantId: 'p1', atMs: 0 }, options)
  const media = encodeMediaEvent(callId, [{ streamId: 's1', offset: 0, sampleCount: 160, bytes: new Uint8Array(160) }], options)
  switch (i % 7) {
    case 0:
      return { message: { ...good, value: utf8.encode('{"participantId":') }, reason: 'not-json' }
    case 1:
      return { message: { ...good, value: utf8.encode('{"participantId":7}') }, reason: 'invalid-data' }
    case 2:
      return { message: { ...good, headers: { ...good.headers, ce_type: 'io.twinreel.call.held.v99' } }, reason: 'unknown-version' }
    case 3: {
      const value = media.value.slice()
      new DataView(value.buffer).setBigInt64(4, -160n)
      return { message: { ...media, value }, reason: 'invalid-media' }
    }
    case 4:
      return { message: media, reason: 'call-not-started' }
    case 5:
      return { message: encodeCallEvent(endedCallId, 'call.held', { participantId: 'p1', atMs: 0 }, options), reason: 'call-ended' }
    default:
      return { message: encodeCallEvent(endedCallId, 'call.ended', { atMs: 2_000 }, { ...options, id: 'end' }), reason: null }
  }
}

async function endedCall(engines: Engines): Promise<string> {
  const callId = 'ended-call'
  const source = '/bad'
  const started = { orgId: 'nobody', callId, participants: [{ participantId: 'p1', role: 'originating' as const }] }
  const answered = { by: { kind: 'participant' as const, participantId: 'p1' }, streams: [] }
  await append(engines, [
    encodeCallEvent(callId, 'call.started', started, { id: 'start', source, timeMs: 1_767_225_600_000 }),
    encodeCallEvent(callId, 'call.answered', answered, { id: 'answer', source, timeMs: 1_767_225_600_000 }),
    encodeCallEvent(callId, 'call.ended', { atMs: 2_000 }, { id: 'end', source, timeMs: 1_767_225_602_000 }),
  ])
  return callId
}

async function append(engines: Engines, messages: readonly WireMessage[]): Promise<readonly number[]> {
  const appended = await engines.eventLog.append(messages.map((message) => ({ topic: TOPICS.calls, ...message })))
  return appended.map(({ offset }) => offset)
}

/** Dead letters by the offset they are about. */
async function deadLetters(engines: Engines): Promise<Map<number, string[]>> {
  const letters = new Map<number, string[]>()
  let [fromOffset] = (await engines.eventLog.ranges(TOPICS.deadLetters)).map((range) => range.firstOffset)
  for (;;) {
    const { records } = await engines.eventLog.read({ topic: TOPICS.deadLetters, partition: 0, fromOffset: fromOffset ?? 0 })
    if (records.length === 0) return letters
    for (const { value } of records) {
      const { offset, reason } = JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())) as { offset: number; reason: string }
      letters.set(offset, [...(letters.get(offset) ?? []), reason])
    }
    fromOffset = (records.at(-1)?.offset ?? 0) + 1
  }
}

async function record(disturb: (engines: Engines) => Promise<void>): Promise<Record<string, string>> {
  const dataDir = temporaryDirectory()
  const engines = await openEngines({ dataDir })
  const recorder = await recordWith(engines, silentLogger, ONE_KEY)
  const { plans, people } = generatePlans(CALLS)
  await Promise.all([simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: CALLS.seed }), disturb(engines)])
  await recorder.stop()
  await engines.close()
  return hashesBelow(join(dataDir, 'objects'))
}

test('ten thousand bad messages in a row cost no live call anything, and each is a dead letter with its reason', async () => {
  const undisturbed = await record(async () => undefined)
  const disturbed = await record(async (engines) => {
    const ended = await endedCall(engines)
    const bad = badMessages(10_000, ended)
    const offsets = await append(
      engines,
      bad.map(({ message }) => message),
    )
    const expected = new Map(bad.flatMap(({ reason }, i) => (reason === null ? [] : [[offsets[i] ?? -1, [reason]] as const])))
    await expect.poll(async () => (await deadLetters(engines)).size, { timeout: 60_000, interval: 200 }).toBe(expected.size)
    expect(await deadLetters(engines)).toEqual(expected)
  })
  expect(Object.keys(undisturbed).length).toBeGreaterThan(30)
  expect(disturbed).toEqual(undisturbed)
}, 120_000)

test('twenty values of 50 MB cost no live call anything, are never read, and each is a dead letter', async () => {
  const undisturbed = await record(async () => undefined)
  const disturbed = await record(async (engines) => {
    const { headers } = encodeCallEvent('large', 'call.held', { participantId: 'p1' }, { id: 'large', source: '/bad' })
    const value = new Uint8Array(50 * 1024 * 1024)
    const offsets: number[] = []
    for (let i = 0; i < 20; i++) offsets.push(...(await append(engines, [{ key: `large-${i}`, headers, value }])))
    const expected = new Map(offsets.map((offset) => [offset, ['too-large']]))
    await expect.poll(() => deadLetters(engines), { timeout: 60_000, interval: 200 }).toEqual(expected)
  })
  expect(disturbed).toEqual(undisturbed)
}, 120_000)
