import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { conformityOf, createConformity } from '@twinreel/conform/conform'
import { readTraffic } from '@twinreel/conform/read-file'
import type { ObservedMessage } from '@twinreel/conform/observed'
import { openTopics, readTopics } from '@twinreel/conform/read-topic'
import { TOPICS } from '@twinreel/contracts/topics'
import { parseWav } from '@twinreel/media/wav'
import type { Engines } from '@twinreel/twinreel/engines'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { examples, isKcatThere, ran } from '../support/kcat.ts'
import { recorderOnKafka } from '../support/recorder-on-kafka.ts'

const BROKER = process.env['TWINREEL_TEST_KAFKA'] ?? ''
const PARTITIONS = 6
const speech = (name: string): string => join(examples, '../packages/media/speech', `${name}.wav`)

/** A recorder on the broker, with ada who is announced and may pause, and bob of whom everything is recorded. */
const recording = () =>
  recorderOnKafka(BROKER, {
    partitions: PARTITIONS,
    users: { ada: { mode: 'always-pause-resume' }, bob: { mode: 'always', startStopAnnouncement: { internal: false, pstn: false } } },
  })

/** The call's recording, once it is there. */
async function recordingOf({ catalog, store }: Engines, callId: string) {
  const found = () =>
    catalog.db
      .selectFrom('recordings')
      .select(['status', 'captured_ms as capturedMs', 'paused_ms as pausedMs', 'lost_ms as lostMs'])
      .where('call_id', '=', callId)
      .execute()
  await expect.poll(async () => (await found()).map(({ status }) => status), { timeout: 20_000 }).toEqual(['completed'])
  const { objects } = await store.list({ prefix: 'recordings/' })
  const segment = objects.find(({ key }) => key.endsWith('00000.wav'))
  const { data } = parseWav((await store.get(segment?.key ?? '')) ?? new Uint8Array())
  return { ...(await found())[0], channel: (side: number) => data.filter((_, i) => i % 2 === side) }
}

/** As `twinreel conform --from-topic` reads it. */
async function expectConforming({ eventLog }: Engines): Promise<void> {
  const reading = await openTopics(eventLog, null)
  expect(reading).toMatchObject({ partitions: PARTITIONS, fromBeginning: true })
  const conformity = createConformity({ partitions: PARTITIONS })
  await readTopics(eventLog, reading, { conformity, of: { isWhole: true, fromBeginning: true }, goesOn: () => false, wait: async () => {} })
  expect(conformity.report()).toMatchObject({ calls: 1, findings: [] })
  const refused = await eventLog.ranges(TOPICS.deadLetters)
  expect(refused.filter(({ firstOffset, endOffset }) => firstOffset < endOffset)).toEqual([])
}

describe.skipIf(BROKER === '')('the example in TypeScript', () => {
  test('is announced, pauses and resumes, and is short', async () => {
    const { engines, prefix } = await recording()
    const program = join(examples, 'typescript/publish-call.ts')
    expect(readFileSync(program, 'utf8').split('\n').length).toBeLessThan(60)
    const callId = (await ran(process.execPath, [program, BROKER, 'acme', 'ada', prefix])).trim()
    const { capturedMs = 0, pausedMs = 0, lostMs } = await recordingOf(engines, callId)
    expect(pausedMs).toBeGreaterThan(1_500)
    expect(capturedMs + pausedMs).toBeGreaterThan(7_500)
    expect(capturedMs + pausedMs).toBeLessThan(9_000)
    expect(lostMs).toBe(0)
    await expectConforming(engines)
  }, 90_000)
})

describe.skipIf(BROKER === '' || !isKcatThere())('the example with kcat', () => {
  test('is recorded to the sample, and what kcat reads back can be judged', async () => {
    const { engines, prefix } = await recording()
    const files = [speech('reader'), speech('cards')]
    const callId = (await ran(join(examples, 'kcat/publish-call.sh'), [BROKER, 'acme', 'bob', ...files, '3', prefix])).trim()
    const { channel, ...told } = await recordingOf(engines, callId)
    expect(told).toMatchObject({ capturedMs: 3_000, pausedMs: 0, lostMs: 0 })
    const [far, near] = files.map((file) => parseWav(readFileSync(file)).data.subarray(0, 24_000))
    expect(Buffer.compare(channel(0), near ?? new Uint8Array())).toBe(0)
    expect(Buffer.compare(channel(1), far ?? new Uint8Array())).toBe(0)
    await expectConforming(engines)

    const file = join(temporaryDirectory(), 'calls.json')
    writeFileSync(file, await ran('kcat', ['-C', '-b', BROKER, '-t', `${prefix}calls`, '-o', 'beginning', '-e', '-q', '-J'], 'latin1'), 'latin1')
    const read: ObservedMessage[] = []
    for await (const { message } of readTraffic(file)) read.push(message)
    expect(read).toHaveLength(6)
    expect(conformityOf(read, { partitions: PARTITIONS }).findings).toEqual([])
  }, 90_000)
})
