import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { runRetention } from '@twinreel/retention/run'
import { silentLogger } from '@twinreel/service/log'
import { trustedKeys } from '@twinreel/service/trusted-keys'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines } from '@twinreel/twinreel/engines'
import { keyOfDirectory } from '@twinreel/twinreel/keys/key-of-directory'
import { startServe, twinreel } from '@twinreel/twinreel/testing/run-command'
import { expect, onTestFinished, test } from 'vitest'
import { certificatesThatHold, MONTH_LATER_MS, PAID_CALL, placesOf, spokenAt, spokenCalls, STATED_LOG_RETENTION_MS, trimLater } from '../support/canary/gone.ts'
import { canarySpeaker } from '../support/canary/pattern.ts'
import type { Place } from '../support/canary/places.ts'
import { temporaryDirectory } from '../support/directories.ts'

const SEED = 9_401

/** Every file of a data directory, the log's too. */
function everyFile(dataDir: string): Place[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(dataDir, path), bytes: readFileSync(path) }))
}

test('what was said in Go recordings is in no byte of the data directory once they are purged and the log’s time is over; a paid neighbour’s words are', async ({
  annotate,
}) => {
  const dataDir = temporaryDirectory()
  const calls = spokenCalls({ seed: SEED, callMs: 12_000 })
  const engines = await openEngines({ dataDir })
  onTestFinished(engines.close)
  const { eventLog, catalog, store } = engines
  const serve = await startServe(dataDir)
  await simulate({ log: eventLog, catalog, ...calls, speaker: canarySpeaker(calls.spoken), speed: 'max', seed: SEED })
  serve.kill('SIGTERM')
  expect((await serve.ended).exitCode).toBe(0)

  const recordings = await catalog.db.selectFrom('recordings').select(['recording_id', 'call_id', 'status']).execute()
  expect(recordings.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed', 'completed'])
  const before = spokenAt(everyFile(dataDir))
  // Of each call its objects, and all of them in the log.
  expect(new Set([...before].filter(([name]) => name.startsWith('objects/')).flatMap(([, numbers]) => [...numbers]))).toEqual(new Set([1, 2, 3, PAID_CALL]))
  expect([...before.keys()].some((name) => name.startsWith('log.db'))).toBe(true)

  const signer = keyOfDirectory(dataDir)
  const report = await runRetention({
    catalog,
    store,
    signer,
    role: 'retention run',
    logRetentionMs: STATED_LOG_RETENTION_MS,
    log: silentLogger,
    clockOffsetMs: MONTH_LATER_MS,
  })
  expect(report).toMatchObject({ purged: 3, failed: [] })
  // The bucket and the catalog are rid of it at once; the log when its time is over, which is what the certificates say.
  expect([...spokenAt(everyFile(dataDir)).keys()].filter((name) => !name.startsWith('objects/')).every((name) => name.startsWith('log.db'))).toBe(true)
  await trimLater(eventLog, catalog, MONTH_LATER_MS)

  const certificates = await certificatesThatHold(catalog, trustedKeys([signer.publicKey]))
  expect(certificates).toHaveLength(3)
  for (const certificate of certificates) {
    const { bucket, log, ...others } = certificate.checked
    expect([(await store.remains({ prefix: bucket.prefix })).keys, bucket.deleted, bucket.foundBesides]).toEqual([[], certificate.objects.length, 0])
    expect(others).toEqual(await placesOf(catalog, certificate))
    expect(log).toEqual({
      topic: 'calls',
      retentionHours: 72,
      until: new Date(Date.parse(certificate.ended ?? '') + STATED_LOG_RETENTION_MS).toISOString(),
      state: 'past',
    })
  }
  expect(await twinreel('retention', 'audit', 'verify', '--deep', '--data', dataDir)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('3 certificates checked, 0 offences'),
  })

  await engines.close()
  const places = everyFile(dataDir)
  const after = spokenAt(places)
  const paid = recordings.find(({ call_id: callId }) => callId.endsWith(String(PAID_CALL)))?.recording_id ?? ''
  await annotate(`${places.length} files, ${places.reduce((sum, { bytes }) => sum + bytes.length, 0)} bytes searched`)
  expect(after.size).toBeGreaterThan(0)
  for (const [name, numbers] of after) expect([name, [...numbers]]).toEqual([expect.stringContaining(`/${paid}/`), [PAID_CALL]])
}, 120_000)
