import { openPlace } from '@twinreel/twinreel/engines'
import { keyOfDirectory } from '@twinreel/twinreel/keys/key-of-directory'
import { runRetention } from '@twinreel/retention/run'
import { silentLogger } from '@twinreel/service/log'
import { trustedKeys } from '@twinreel/service/trusted-keys'
import { simulate } from '@twinreel/simulator/simulate'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import { describe, expect, onTestFinished, test } from 'vitest'
import { certificatesThatHold, MONTH_LATER_MS, PAID_CALL, placesOf, spokenAt, spokenCalls, STATED_LOG_RETENTION_MS, trimLater } from '../support/canary/gone.ts'
import { canarySpeaker } from '../support/canary/pattern.ts'
import { eachRecord, filesOf, otherTopics, type Place } from '../support/canary/places.ts'
import { databaseFiles, everyRow, everyVersion } from '../support/canary/server-places.ts'
import { temporaryDirectory } from '../support/directories.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { startRecorderProcess } from '../support/recorders/recorder-process.ts'

const SEED = 9_411
const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

async function callLog(eventLog: EventLog): Promise<Place> {
  const values: Uint8Array[] = []
  await eachRecord(eventLog, TOPICS.calls, ({ value }) => void values.push(value ?? new Uint8Array()))
  return { name: `topic ${TOPICS.calls}`, bytes: Buffer.concat(values) }
}

describe.skipIf(skipped !== '')(`purged speech on Kafka, S3 and PostgreSQL${skipped}`, () => {
  test('is in no version of an object, no row, no database file and no message once the log’s time is over; a paid neighbour’s words are in the bucket', async ({
    annotate,
  }) => {
    const keyDir = temporaryDirectory()
    const servers = await ownServers(keyDir)
    onTestFinished(servers.remove)
    const calls = spokenCalls({ seed: SEED, callMs: 12_000 })
    const recorder = await startRecorderProcess('a', servers)
    const engines = await openPlace(servers.place)
    onTestFinished(engines.close)
    const { eventLog, catalog, store } = engines
    await simulate({ log: eventLog, catalog, ...calls, speaker: canarySpeaker(calls.spoken), speed: 'max', seed: SEED, patienceMs: 90_000 })
    recorder.signal('SIGTERM')
    expect((await recorder.ended).exitCode).toBe(0)
    const everywhere = async (): Promise<Place[]> => [
      ...(await everyVersion(servers.place)),
      ...(await everyRow(servers.place)),
      ...(await databaseFiles(servers.place)),
      ...(await otherTopics(eventLog)),
      await callLog(eventLog),
      ...filesOf(recorder.dataDir),
    ]
    const before = spokenAt(await everywhere())
    expect(new Set([...before].filter(([name]) => name.startsWith('object ')).flatMap(([, numbers]) => [...numbers]))).toEqual(new Set([1, 2, 3, PAID_CALL]))
    expect(before.has(`topic ${TOPICS.calls}`)).toBe(true)

    const signer = keyOfDirectory(keyDir)
    const deleting = { catalog, store, signer, role: 'retention worker', logRetentionMs: STATED_LOG_RETENTION_MS, log: silentLogger }
    expect(await runRetention({ ...deleting, clockOffsetMs: MONTH_LATER_MS })).toMatchObject({ purged: 3, failed: [] })
    await trimLater(eventLog, catalog, MONTH_LATER_MS)

    const certificates = await certificatesThatHold(catalog, trustedKeys([signer.publicKey]))
    expect(certificates).toHaveLength(3)
    for (const certificate of certificates) {
      const { bucket, log, ...others } = certificate.checked
      expect([(await store.remains({ prefix: bucket.prefix })).keys, bucket.deleted, bucket.foundBesides]).toEqual([[], certificate.objects.length, 0])
      expect(others).toEqual(await placesOf(catalog, certificate))
      expect([log.state, log.retentionHours]).toEqual(['past', 72])
    }
    const places = await everywhere()
    const paid = await catalog.db.selectFrom('recordings').select('recording_id').where('purged_at_ms', 'is', null).executeTakeFirstOrThrow()
    await annotate(`${places.length} places, ${places.reduce((sum, { bytes }) => sum + bytes.length, 0)} bytes searched`)
    const after = spokenAt(places)
    expect(after.size).toBeGreaterThan(0)
    for (const [name, numbers] of after) expect([name, [...numbers]]).toEqual([expect.stringContaining(`/${paid.recording_id}/`), [PAID_CALL]])
  }, 240_000)
})
