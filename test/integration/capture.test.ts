import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mediaKeysFor, wrappingKeys } from '@twinreel/catalog/media-keys'
import { encodeCallEvent } from '@twinreel/contracts/messages'
import type { Capture } from '@twinreel/replay/capture/capture'
import { readCapture } from '@twinreel/replay/capture/read'
import { captureBytes, captureText } from '@twinreel/replay/capture/write'
import { captureCall, type CaptureOptions, type Captured } from '@twinreel/replay/capturing/capture-call'
import { replay, toldComparison } from '@twinreel/replay/compare/replay'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dyingEngines } from '../support/crash.ts'
import { temporaryDirectory } from '../support/directories.ts'
import { answeredCall, append, appendAndFold, audio, callEvent, enginesWith, startRecording } from '../support/recorded-calls.ts'
import { ONE_KEY } from '../support/signing.ts'

const WRAPPING = wrappingKeys([new Uint8Array(32).fill(5)])
const CALLS = { seed: 17, calls: 24, users: 10, callSeconds: 24 }
const FAULTS = { loss: 0.01, duplicate: 0.05, reorder: 0.1, lostEnd: 0.1 }
const { plans, people } = generatePlans(CALLS)
const CALL_IDS = plans.map(({ callId }) => callId)

function capturedOf(engines: Engines, callId: string, options: Partial<CaptureOptions> = {}): Promise<Captured> {
  return captureCall(engines, { callId, eventsOnly: false, anonymous: null, wrapping: () => WRAPPING, writtenBy: 'test', ...options })
}

/** Through a file, as another machine would have it. */
async function carried(capture: Capture): Promise<Capture> {
  const path = join(temporaryDirectory(), 'call.ndjson.gz')
  writeFileSync(path, Buffer.concat([...captureBytes(capture, path)]))
  return readCapture(path)
}

async function parting(capture: Capture): Promise<string | null> {
  return toldComparison(await replay(await carried(capture)))
}

describe('calls of every kind, on a line with every fault, some recorded by recorders that died', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'twinreel-capture-'))
  let engines: Engines

  beforeAll(async () => {
    engines = await openEngines({ dataDir })
    const simulated = simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: CALLS.seed, faults: FAULTS })
    for (const atCall of [60, 150]) {
      const dying = dyingEngines(engines, atCall)
      await Promise.race([dying.died, recordWith(dying.engines, silentLogger, ONE_KEY).then(() => simulated)])
    }
    const recorder = await recordWith(engines, silentLogger, ONE_KEY)
    await simulated
    await recorder.stop()
  }, 60_000)
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  test('are folded again to what was decided then, and to objects that are the same bit for bit', async () => {
    let objects = 0
    for (const callId of CALL_IDS) {
      const { capture, notes } = await capturedOf(engines, callId)
      expect([callId, ...notes]).toEqual([callId])
      const comparison = await replay(await carried(capture))
      expect(toldComparison(comparison)).toBeNull()
      // Not taken from the catalog's word: from what lies in the store.
      for (const { objects: segments, manifest } of comparison.decided.recordings) {
        for (const { key, sha256 } of segments) {
          expect(sha256).toBe(
            createHash('sha256')
              .update(readFileSync(join(dataDir, 'objects', key)))
              .digest('hex'),
          )
          objects += 1
        }
        if (manifest !== null) {
          const { signature: _, ...stored } = JSON.parse(readFileSync(join(dataDir, 'objects', manifest.key), 'utf8')) as Record<string, unknown>
          expect(manifest.document).toEqual(stored)
        }
      }
    }
    expect(objects).toBeGreaterThan(15)
  }, 120_000)

  test('without audio are decided the same, and nothing that was said is in the file', async () => {
    for (const callId of CALL_IDS) {
      const whole = (await capturedOf(engines, callId)).capture
      const { capture, notes } = await capturedOf(engines, callId, { eventsOnly: true })
      expect([callId, ...notes]).toEqual([callId])
      expect(capture.header.audio).toBe('synthetic')
      expect(capture.decided.events).toEqual(whole.decided.events)
      const shapes = ({ decided }: Capture) =>
        decided.recordings.map(({ manifest, objects }) => [
          manifest?.document['captured'],
          manifest?.document['lost'],
          objects.map(({ fromMs, toMs, sizeBytes }) => [fromMs, toMs, sizeBytes]),
        ])
      expect(shapes(capture)).toEqual(shapes(whole))
      const file = [...captureText(capture)].join('')
      expect(file).not.toContain('base64')
      for (const one of whole.decided.recordings.flatMap((recording) => recording.objects)) expect(file).not.toContain(one.sha256)
      expect(await parting(capture)).toBeNull()
    }
  }, 120_000)

  test('anonymized are decided the same, call for call', async () => {
    for (const callId of CALL_IDS) {
      const { capture } = await capturedOf(engines, callId, { eventsOnly: true, anonymous: { salt: Buffer.from('salt') } })
      expect(capture.header.agreed).toEqual({ with: 'then' })
      expect([...captureText(capture)].join('')).not.toContain(callId)
      expect(await parting(capture)).toBeNull()
    }
  }, 120_000)

  test('are refused where the log does not have them', async () => {
    await expect(capturedOf(engines, 'nobody')).rejects.toThrow('the log has no call nobody')
    await engines.catalog.db
      .updateTable('calls')
      .set({ opened_offset: -1 })
      .where('call_id', '=', CALL_IDS[0] ?? '')
      .execute()
    await engines.catalog.db
      .updateTable('calls')
      .set({ log_identity: 'another' })
      .where('call_id', '=', CALL_IDS[1] ?? '')
      .execute()
    await expect(capturedOf(engines, CALL_IDS[0] ?? '')).rejects.toThrow(`the log has forgotten the beginning of call ${CALL_IDS[0]}`)
    await expect(capturedOf(engines, CALL_IDS[1] ?? '')).rejects.toThrow('was told in another log than this one')
  })
})

/** A call with something of somebody's in every field that may hold it, and in some that nobody knows. */
function tellingCall(callId: string): ReturnType<typeof callEvent>[] {
  const [, answered] = answeredCall(callId, 'alice-userid')
  if (answered === undefined) throw new Error('a call has an answer')
  const started = callEvent(callId, 'call.started', {
    orgId: 'acme',
    callId,
    correlationId: 'correlation-4711',
    relatedCall: { callId: 'related-call-77', reason: 'Bob asked for it' },
    direction: 'inbound',
    callType: 'pstn',
    location: 'Rue de la Loi 16',
    utcOffsetMinutes: 60,
    dialledDigits: '*67901234567',
    redirections: [{ by: 'secretary-carol', from: '+3225550199', to: 'sip:alice@example.org', reason: 'Carol is at lunch' }],
    participants: [
      {
        participantId: 'p1',
        role: 'originating',
        userId: 'alice-userid',
        number: '+12025550123',
        numberPresentation: 'restricted',
        displayName: 'Alice Example',
        deviceId: 'device-aa-bb-cc',
        note: 'prefers mornings',
      },
      {
        participantId: 'p2',
        role: 'terminating',
        number: '+12025550199',
        displayName: 'Bob Example',
        platform: { serviceProvider: 'provider-x', externalGroup: 'group-y', externalIdentifier: 'bob-z' },
      },
    ],
    unknownField: { extension: 4_711_815, who: 'Dora Unknown' },
  })
  const others = [
    callEvent(callId, 'participant.joined', {
      participant: { participantId: 'p3-eve', role: 'terminating', number: '+12025550142', displayName: 'Eve Example' },
      reason: 'transfer',
    }),
    callEvent(callId, 'control.pause', { userId: 'alice-userid', via: 'softkey' }),
    callEvent(callId, 'participant.left', { participantId: 'p3-eve', reason: 'Eve hung up on Bob' }),
    callEvent(callId, 'call.ended', { reason: 'caller +12025550123 hung up', finalSamples: [{ streamId: 's1', sampleOffset: 24_000 }] }),
  ]
  return [started, answered, ...audio(callId, 0, 3), ...others].map((message) => ({
    ...message,
    headers: { ...message.headers, ce_source: '/pbx/brussels', ce_traceparent: 'trace-of-pbx' },
  }))
}

test('an anonymized capture holds no name, number or id of the call, in whatever field it stood, and one stays one', async () => {
  const engines = await enginesWith({ 'alice-userid': 'always' })
  const { recorder } = await startRecording(engines)
  await appendAndFold(engines, recorder, tellingCall('secret-call-1'))
  await expect
    .poll(() => engines.catalog.db.selectFrom('calls').select('ended_log_ms').executeTakeFirst())
    .toMatchObject({ ended_log_ms: expect.any(Number) as number })
  const originals = [
    'acme',
    'secret-call-1',
    'correlation-4711',
    'related-call-77',
    'asked for it',
    'Rue de la Loi',
    '67901234567',
    'secretary',
    '3225550199',
    'sip:',
    'lunch',
    'alice',
    'Alice',
    '2025550123',
    'device-aa',
    'mornings',
    '2025550199',
    'Bob',
    'provider-x',
    'group-y',
    'bob-z',
    '4711815',
    'Dora',
    'p3-eve',
    '2025550142',
    'Eve',
    'hung up',
    'brussels',
    'trace-of',
    'extension',
    ...(await engines.catalog.db.selectFrom('orgs').select('id_namespace').execute()).map(({ id_namespace }) => id_namespace),
    ...(await engines.catalog.db.selectFrom('recordings').select('recording_id').execute()).map(({ recording_id }) => recording_id),
  ]
  // All of these are there to be found.
  const whole = await capturedOf(engines, 'secret-call-1')
  expect(whole.notes).toEqual([])
  const wholeText = [...captureText(whole.capture)].join('')
  expect(originals.filter((original) => !wholeText.includes(original))).toEqual([])

  for (const eventsOnly of [true, false]) {
    const { capture } = await capturedOf(engines, 'secret-call-1', { eventsOnly, anonymous: { salt: Buffer.from('salt') } })
    const text = [...captureText(capture)].join('')
    expect(originals.filter((original) => text.includes(original))).toEqual([])
    const [started] = capture.messages
    const data = JSON.parse(new TextDecoder().decode(started?.value ?? new Uint8Array())) as {
      callId: string
      participants: { userId?: string; number?: string }[]
    }
    expect(data.callId).toBe(capture.header.callId)
    expect(data.participants[0]).toMatchObject({
      role: 'originating',
      numberPresentation: 'restricted',
      number: expect.stringMatching(/^\+999\d{12}$/) as string,
    })
    expect(capture.policies.map(({ policy }) => policy?.ownerId)).toContain(data.participants[0]?.userId)
    expect(await parting(capture)).toBeNull()
  }
  // Another salt gives other names, and what is not anonymized keeps them.
  const other = await capturedOf(engines, 'secret-call-1', { eventsOnly: true, anonymous: { salt: Buffer.from('pepper') } })
  const same = await capturedOf(engines, 'secret-call-1', { eventsOnly: true, anonymous: { salt: Buffer.from('salt') } })
  expect(other.capture.header.callId).not.toBe(same.capture.header.callId)
  await recorder.stop()
}, 60_000)

test('a call whose recording is being deleted was not decided otherwise', async () => {
  const engines = await enginesWith({ 'alice-userid': 'always' })
  const { recorder } = await startRecording(engines)
  await appendAndFold(engines, recorder, tellingCall('call-1'))
  const stored = () => engines.catalog.db.selectFrom('recordings').select('status').execute()
  await expect.poll(stored).toEqual([{ status: 'completed' }])
  expect((await capturedOf(engines, 'call-1')).notes).toEqual([])
  // Between the claim and the end of the deletion nothing of it is read any more.
  await engines.catalog.db.updateTable('recordings').set({ claimed_at_ms: 1 }).execute()
  const { capture, notes } = await capturedOf(engines, 'call-1')
  expect(notes).toEqual([])
  expect(capture.recorded?.recordings.map(({ status, manifest }) => ({ status, manifest }))).toEqual([{ status: 'being-deleted', manifest: null }])
  expect(await parting(capture)).toBeNull()
  await recorder.stop()
}, 60_000)

test('a message that nobody can read is replayed as it was, and left out where audio or names are replaced', async () => {
  const engines = await enginesWith({ alice: 'always' })
  const { recorder } = await startRecording(engines)
  const bad = {
    ...encodeCallEvent('c1', 'call.held', { participantId: 'p1' }, { id: 'bad', source: '/test' }),
    value: Buffer.from('+12025550123 said no JSON'),
  }
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'alice'), ...audio('c1', 0, 2), bad, callEvent('c1', 'call.ended', {})])
  await expect
    .poll(() => engines.catalog.db.selectFrom('calls').select('ended_log_ms').executeTakeFirst())
    .toMatchObject({ ended_log_ms: expect.any(Number) as number })
  await recorder.stop()
  const whole = await capturedOf(engines, 'c1')
  expect(whole.notes).toEqual([])
  expect(whole.capture.recorded?.refused).toMatchObject([{ reason: 'not-json' }])
  expect(whole.capture.decided.events.find(({ type }) => type === 'unreadable')?.decisions).toEqual([{ kind: 'refused', reason: 'not-json' }])
  expect(await parting(whole.capture)).toBeNull()
  const { capture } = await capturedOf(engines, 'c1', { eventsOnly: true })
  expect(capture.header.leftOut).toBe(1)
  expect([...captureText(capture)].join('')).not.toContain('2025550123')
}, 60_000)

describe('of an encrypted call', () => {
  test('the media is read while its key is there, and afterwards told by its shape alone', async () => {
    const engines = await openEngines({ dataDir: temporaryDirectory() })
    const mediaKeys = await mediaKeysFor(engines.catalog, WRAPPING, CALL_IDS)
    const copies = new Map(
      await Promise.all(
        CALL_IDS.map(
          async (callId) =>
            [callId, await engines.catalog.db.selectFrom('media_keys').selectAll().where('call_id', '=', callId).executeTakeFirstOrThrow()] as const,
        ),
      ),
    )
    const recorder = await recordWith(engines, silentLogger, { ...ONE_KEY, wrappingKeys: WRAPPING })
    await simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: CALLS.seed, mediaKeys })
    await recorder.stop()

    let [inferred, agreeing] = [0, 0]
    for (const callId of CALL_IDS) {
      const guessed = await capturedOf(engines, callId, { eventsOnly: true })
      if (guessed.capture.header.audio === 'inferred') {
        await expect(capturedOf(engines, callId)).rejects.toThrow(
          /the media of call \S+ is encrypted, and its key was destroyed when everything of it was stored/,
        )
      }
      const agrees = guessed.capture.header.agreed.with === 'then'
      if (agrees) agreeing += 1
      // A guess that is wrong says so.
      else expect(guessed.notes.join()).toContain('this version decides otherwise than was decided then')
      expect(guessed.capture.messages.every(({ headers }) => headers['ce_encryption'] === undefined)).toBe(true)
      if (guessed.capture.header.audio === 'inferred') inferred += 1

      // As if the call went on: the key is there.
      await engines.catalog.db
        .insertInto('media_keys')
        .values(copies.get(callId) ?? [])
        .execute()
      const whole = await capturedOf(engines, callId)
      expect([callId, ...whole.notes]).toEqual([callId])
      expect(whole.capture.messages.length).toBe(guessed.capture.messages.length)
      expect(await parting(whole.capture)).toBeNull()
      // And what was concluded of its shape leads to the same.
      const shape = (await capturedOf(engines, callId, { eventsOnly: true })).capture
      if (agrees) expect(guessed.capture.decided.events).toEqual(shape.decided.events)
    }
    expect(inferred).toBeGreaterThan(20)
    expect(agreeing).toBeGreaterThan(20)
    await expect(capturedOf(engines, CALL_IDS[0] ?? '', { wrapping: () => null })).rejects.toThrow(/add it to TWINREEL_MEDIA_WRAPPING_KEY_FILE again/)
    await engines.close()
  }, 180_000)
})

test('a call that goes on is captured as far as it is', async () => {
  const engines = await enginesWith({ alice: 'always' })
  const { recorder } = await startRecording(engines)
  await appendAndFold(engines, recorder, [...answeredCall('c1', 'alice'), ...audio('c1', 0, 9)])
  await expect.poll(() => engines.catalog.db.selectFrom('segments').selectAll().execute()).toHaveLength(1)
  const { capture, notes } = await capturedOf(engines, 'c1')
  expect(notes).toEqual(['the call goes on: this is its beginning'])
  expect(capture.header).toMatchObject({ isOver: false, agreed: { with: 'then' } })
  expect(await parting(capture)).toBeNull()
  await append(engines, [callEvent('c1', 'call.ended', {})])
  await recorder.stop()
}, 60_000)
