import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { TOPICS } from '@twinreel/contracts/topics'
import { openKafkaLog } from '@twinreel/event-log/kafka'
import { removeTopics } from '@twinreel/event-log/kafka/remove-topics'
import type { KafkaSettings } from '@twinreel/event-log/kafka/settings'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { applyTopics } from '@twinreel/event-log/kafka/topics'
import { encode } from '@twinreel/media/g711'
import { samplesToL16 } from '@twinreel/media/l16'
import { wavFile } from '@twinreel/media/wav'
import { settingsSchema } from '@twinreel/recording/settings'
import { silentLogger } from '@twinreel/service/log'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { writeTruths } from '../support/published-truth.ts'
import { examplesPython, publishCall } from '../support/python.ts'

const BROKER = process.env['TWINREEL_TEST_KAFKA'] ?? ''
const python = BROKER === '' ? ({ kind: 'none', why: 'no broker in TWINREEL_TEST_KAFKA' } as const) : examplesPython()
const BECAUSE = { actor: 'test', reason: 'test' }
const SECONDS = 9
const SAMPLES = SECONDS * 8_000

/** Of each user the settings, and what is pressed when. */
const SCENES = {
  // The start is announced, a pause shuts the publisher's gate, and both its ends are told.
  ada: { settings: { mode: 'always-pause-resume', pauseResumeNotification: 'announcement' }, presses: ['3:pause', '5:resume'] },
  // All of it, from the first sample on.
  bob: { settings: { mode: 'always', startStopAnnouncement: { internal: false, pstn: false } }, presses: [] },
  // Begins with a key, and is announced then.
  cyd: { settings: { mode: 'on-demand-user-start' }, presses: ['1.5:start', '7:stop'] },
} as const

/** Every 16 bit value comes up, louder than the code can say too. */
function noise(seed: number): Int16Array {
  let state = seed
  return Int16Array.from({ length: SAMPLES }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state >> 16
  })
}

async function enginesOnKafka(settings: KafkaSettings): Promise<Engines> {
  await applyTopics(settings, topicPlan({ partitions: 6, replicationFactor: 1 }))
  onTestFinished(() => removeTopics(settings, Object.values(TOPICS)))
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  const eventLog = await openKafkaLog(settings)
  onTestFinished(() => engines.close())
  onTestFinished(() => eventLog.close())
  await enableOrganization(engines.catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier-1', rules: {} })
  for (const [userId, scene] of Object.entries(SCENES)) {
    await addUser(engines.catalog, { ...BECAUSE, userId, orgId: 'acme', licence: 'professional' })
    await switchRecordingOn(engines.catalog, { ...BECAUSE, userId, settings: scene.settings })
  }
  return { ...engines, eventLog }
}

describe.skipIf(python.kind === 'none')(`a publisher in Python${python.kind === 'none' ? ` (${python.why})` : ''}`, () => {
  test('that follows the guide alone gets its calls recorded, to the sample', async () => {
    const prefix = `test-${randomUUID()}-`
    const settings: KafkaSettings = {
      brokers: [BROKER],
      clientId: 'twinreel-test',
      topicPrefix: prefix,
      tls: null,
      sasl: null,
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 20_000,
      sendDeadlineMs: 20_000,
      sessionTimeoutMs: 10_000,
    }
    const engines = await enginesOnKafka(settings)
    const recorder = await recordWith(engines, silentLogger)
    onTestFinished(() => recorder.stop())
    await recorder.ready

    const directory = temporaryDirectory()
    const truthDir = join(directory, 'truth')
    mkdirSync(truthDir)
    const calls = await Promise.all(
      Object.entries(SCENES).map(async ([userId, scene], index) => {
        const said = { caller: noise(index * 2 + 1), desk: noise(index * 2 + 2) }
        const wav = (streamId: keyof typeof said): string => {
          const path = join(directory, `${userId}-${streamId}.wav`)
          writeFileSync(path, wavFile({ format: { codec: 'L16', sampleRateHz: 8_000 }, channels: 1, data: samplesToL16(said[streamId]) }))
          return path
        }
        const journal = join(directory, `${userId}.jsonl`)
        const files = ['--caller', wav('caller'), '--desk', wav('desk'), '--journal', journal]
        const press = scene.presses.flatMap((one) => ['--press', one])
        const where = ['--brokers', BROKER, '--prefix', prefix, '--org', 'acme', '--user', userId]
        const published = await publishCall(python.kind === 'python' ? python.path : '', [
          ...where,
          ...files,
          ...press,
          '--calls',
          '2',
          '--announcement-seconds',
          '0.7',
        ])
        expect(published.exitCode, published.stderr + published.stdout).toBe(0)
        expect(published.stdout).not.toContain('message.rejected')
        const spoken = { caller: encode(said.caller, 'PCMU'), desk: encode(said.desk, 'PCMU') }
        return writeTruths(truthDir, journal, { orgId: 'acme', userId, settings: settingsSchema.parse(scene.settings) }, spoken)
      }),
    )

    const recordings = await engines.catalog.db
      .selectFrom('recordings')
      .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
      .select(['captured_ms as capturedMs', 'lost_ms as lostMs'])
      .execute()
    expect(new Set(recordings.map(({ callId }) => callId))).toEqual(new Set(calls.flat()))
    expect(recordings.map(({ status, lostMs }) => [status, lostMs])).toEqual(Array.from({ length: 6 }, () => ['completed', 0]))
    expect(await checkRecordings({ truthDir, objects: filesBelow(join(engines.dataDir, 'objects')), recordings })).toEqual([])
    for (const { ownerId, capturedMs } of recordings) {
      expect(capturedMs).toBeGreaterThan(0)
      expect(capturedMs === SECONDS * 1_000).toBe(ownerId === 'bob')
    }
  }, 120_000)
})
