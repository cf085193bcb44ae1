import { join } from 'node:path'
import { mediaKeysFor, wrappingKeys, type MediaKey } from '@twinreel/catalog/media-keys'
import { encodeMediaEvent } from '@twinreel/contracts/messages'
import { openSealedMedia, sealMedia } from '@twinreel/contracts/sealed-media'
import { TOPICS } from '@twinreel/contracts/topics'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, onTestFinished, test } from 'vitest'
import { eachRecord, filesOf } from '../support/canary/places.ts'
import { dyingEngines } from '../support/crash.ts'
import { temporaryDirectory } from '../support/directories.ts'
import { answeredCall, append, audio, callEvent, enginesWith, startRecording, typesIn } from '../support/recorded-calls.ts'

const WRAPPING = wrappingKeys([new Uint8Array(32).fill(5)])
/** After so many calls to its engines a recorder is dead. */
const DEATHS = [3, 40, 60, 80, 100]
const CALLS = { seed: 61, calls: 12, users: 8, callSeconds: 65 }

function plainBytes(keys: ReadonlyMap<string, MediaKey>): Buffer[] {
  return [...keys.values()].flatMap(({ key }) => [key.export(), Buffer.from(key.export().toString('base64')), Buffer.from(key.export().toString('hex'))])
}

test('recorders that die anywhere record encrypted calls to the sample; afterwards no key is left, and what the log holds is noise', async () => {
  const dataDir = temporaryDirectory()
  const truthDir = join(temporaryDirectory(), 'truth')
  const engines = await openEngines({ dataDir })
  const { eventLog, catalog } = engines
  const { plans, people } = generatePlans(CALLS)
  const mediaKeys = await mediaKeysFor(
    catalog,
    WRAPPING,
    plans.map(({ callId }) => callId),
  )
  const wrapped = (await catalog.db.selectFrom('media_keys').select('wrapped_key').execute()).map(({ wrapped_key }) => Buffer.from(wrapped_key))
  expect(wrapped.length).toBe(CALLS.calls)
  const simulated = simulate({ log: eventLog, catalog, plans, people, speed: 'max', seed: CALLS.seed, truthDir, mediaKeys })
  for (const atCall of DEATHS) {
    const dying = dyingEngines(engines, atCall)
    // It may die while it starts.
    const outlived = recordWith(dying.engines, silentLogger, { wrappingKeys: WRAPPING }).then(() => simulated.then(() => false))
    expect(await Promise.race([dying.died.then(() => true), outlived]), `dies at call ${atCall} to its engines`).toBe(true)
  }
  const last = await recordWith(engines, silentLogger, { wrappingKeys: WRAPPING })
  await simulated
  await expect.poll(() => catalog.db.selectFrom('media_keys').selectAll().execute(), { timeout: 10_000 }).toEqual([])
  await last.stop()

  const recordings = await catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
    .execute()
  const objects = filesBelow(join(dataDir, 'objects'))
  expect(recordings.length).toBeGreaterThan(5)
  const recorded = { ...objects, list: async () => (await objects.list()).filter((key) => key.startsWith('recordings/')) }
  expect(await checkRecordings({ truthDir, objects: recorded, recordings })).toEqual([])

  // With the key it could be read, and the key is nowhere.
  let [read, media] = [0, 0]
  await eachRecord(eventLog, TOPICS.calls, ({ key: callId, headers, value }) => {
    const key = mediaKeys.get(callId)
    if (headers['ce_type'] !== 'io.twinreel.media.v1' || key === undefined || value === null) return
    media += 1
    if (openSealedMedia({ keyId: key.keyId, bytes: value }, { callId, id: headers['ce_id'] ?? '', key: key.key }) !== null) read += 1
  })
  expect(media).toBeGreaterThan(200)
  expect(read).toBe(media)
  // The log is left open: it would wait for the dead, who never answer.
  await catalog.close()
  for (const { name, bytes } of filesOf(dataDir))
    for (const secret of [...plainBytes(mediaKeys), ...wrapped]) expect(bytes.includes(secret), `a key in ${name}`).toBe(false)
}, 60_000)

test('what a key does not open is a dead letter that says why; the call, and its neighbours, go on', async () => {
  const engines = await enginesWith({ alice: 'always', bob: 'always' })
  const keys = await mediaKeysFor(engines.catalog, WRAPPING, ['c1', 'c2'])
  const [own, others] = [keys.get('c1'), keys.get('c2')]
  if (own === undefined || others === undefined) throw new Error('no keys')
  const { recorder } = await startRecording(engines, { wrappingKeys: WRAPPING })
  const [first, second, third, fourth] = audio('c1', 0, 4)
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) throw new Error('no audio')
  const sealed = sealMedia(first, own)
  const flipped = { ...sealed, value: sealed.value.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }
  const elsewhere = { ...sealMedia(audio('c2', 0, 1)[0] ?? first, others), key: 'c1' }
  delete elsewhere.headers['ce_subject']
  await append(engines, [
    ...answeredCall('c1', 'alice'),
    ...answeredCall('c2', 'bob'),
    // Of no key at all, another call's, changed on the way, another message's, cut short, and of no way that is known.
    { ...sealed, headers: { ...sealed.headers, ce_keyid: 'nobody-made-it' } },
    elsewhere,
    flipped,
    { ...sealed, headers: { ...sealed.headers, ce_id: 'another' } },
    { ...sealed, value: sealed.value.subarray(0, 20) },
    { ...sealed, headers: { ...sealed.headers, ce_encryption: 'ROT13' } },
    // Twice the same is once; unencrypted it is as good.
    sealed,
    sealed,
    sealMedia(second, own),
    third,
    sealMedia(fourth, own),
    ...audio('c2', 0, 4),
    callEvent('c1', 'call.ended', { atMs: 4_000, finalSamples: ['s1', 's2'].map((streamId) => ({ streamId, sampleOffset: 32_000 })) }),
    callEvent('c2', 'call.ended', { atMs: 4_000, finalSamples: ['s1', 's2'].map((streamId) => ({ streamId, sampleOffset: 32_000 })) }),
  ])
  const ended = (): Promise<{ captured_ms: number; lost_ms: number; status: string }[]> =>
    engines.catalog.db.selectFrom('recordings').select(['captured_ms', 'lost_ms', 'status']).execute()
  const whole = { captured_ms: 4_000, lost_ms: 0, status: 'completed' }
  await expect.poll(ended, { timeout: 10_000 }).toEqual([whole, whole])
  await expect.poll(() => engines.catalog.db.selectFrom('media_keys').selectAll().execute()).toEqual([])
  const before = recorder.stats().deadLetters
  expect(before).toBe(6)
  // Its key is gone, and it is over: a late repeat is nothing, as it is unencrypted.
  await append(engines, [sealed, { key: 'x', headers: {}, value: new Uint8Array() }])
  await expect.poll(() => recorder.stats().deadLetters).toBe(before + 1)
  await expect(mediaKeysFor(engines.catalog, WRAPPING, ['c1'])).rejects.toThrow('call c1 is over')
  await expect.poll(() => typesIn(engines, TOPICS.deadLetters)).toHaveLength(7)
  const reasons: string[] = []
  await eachRecord(
    engines.eventLog,
    TOPICS.deadLetters,
    ({ value }) => void reasons.push((JSON.parse(Buffer.from(value ?? []).toString()) as { reason: string }).reason),
  )
  expect(reasons.slice(0, 6)).toEqual([
    'media-key-unknown',
    'media-key-unknown',
    'media-not-decrypted',
    'media-not-decrypted',
    'media-not-decrypted',
    'invalid-media',
  ])
  await recorder.stop()
  await engines.close()
})

test('a call has one key, however often and by whom it is asked for', async () => {
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  onTestFinished(engines.close)
  const asked = await Promise.all(Array.from({ length: 5 }, () => mediaKeysFor(engines.catalog, WRAPPING, ['c1', 'c2', 'c1'])))
  expect(new Set(asked.map((keys) => keys.get('c1')?.keyId)).size).toBe(1)
  expect(asked[0]?.get('c1')?.keyId).not.toBe(asked[0]?.get('c2')?.keyId)
  expect(() => sealMedia(encodeMediaEvent('c1', [], { id: '1', source: '/x' }), asked[0]?.get('c1') ?? { keyId: '', key: WRAPPING.first.key })).not.toThrow()
  const otherwise = wrappingKeys([new Uint8Array(32).fill(6)])
  await expect(mediaKeysFor(engines.catalog, otherwise, ['c1'])).rejects.toThrow('TWINREEL_MEDIA_WRAPPING_KEY_FILE')
  const both = wrappingKeys([new Uint8Array(32).fill(6), new Uint8Array(32).fill(5)])
  expect((await mediaKeysFor(engines.catalog, both, ['c1'])).get('c1')?.keyId).toBe(asked[0]?.get('c1')?.keyId)
})
