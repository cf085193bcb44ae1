import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from '@twinreel/media/g711'
import { samplesToL16 } from '@twinreel/media/l16'
import { wavFile } from '@twinreel/media/wav'
import { settingsSchema } from '@twinreel/recording/settings'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { writeTruths } from '../support/published-truth.ts'
import { examplesPython, publishCall } from '../support/python.ts'
import { recorderOnKafka } from '../support/recorder-on-kafka.ts'

const BROKER = process.env['TWINREEL_TEST_KAFKA'] ?? ''
const python = BROKER === '' ? ({ kind: 'none', why: 'no broker in TWINREEL_TEST_KAFKA' } as const) : examplesPython()
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

describe.skipIf(python.kind === 'none')(`a publisher in Python${python.kind === 'none' ? ` (${python.why})` : ''}`, () => {
  test('that follows the guide alone gets its calls recorded, to the sample', async () => {
    const users = Object.fromEntries(Object.entries(SCENES).map(([userId, { settings }]) => [userId, settings]))
    const { engines, prefix } = await recorderOnKafka(BROKER, { partitions: 6, users })

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
