import { PutObjectLegalHoldCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openS3Store } from '@twinreel/object-store/s3'
import { s3Client } from '@twinreel/object-store/s3/client'
import { SERVER } from '@twinreel/object-store/s3/testing'
import { DUE_MS, put, recordings, world } from '@twinreel/retention/world'
import { systemClock } from '@twinreel/service/clock'

const NAMES = ['00000.wav', '00001.wav', 'manifest.json']
const LOCKED = 'recordings/acme/ann/rec-2/00000.wav'
const ON_HOLD = 'recordings/acme/ann/rec-2/manifest.json'
const UNTIL = new Date('2099-12-31T00:00:00.000Z')

describe.skipIf(SERVER.isMissing)('a bucket with object lock, at the server of TWINREEL_TEST_S3', { timeout: 60_000 }, () => {
  test('keeps what is locked, which is told with how and until when; everything else goes, and the rest once it may', async () => {
    const made = await world()
    const { settings, remove } = await SERVER.bucket({ objectLock: true })
    const client = s3Client(settings)
    const store = await openS3Store(settings)
    onTestFinished(async () => {
      await store.close()
      client.destroy()
      await remove()
    })
    const ids = ['rec-1', 'rec-2', 'rec-3']
    await recordings(made, ids)
    for (const id of ids) for (const name of NAMES) await put(store, `recordings/acme/ann/${id}/${name}`)
    const Bucket = settings.bucket
    await client.send(new PutObjectRetentionCommand({ Bucket, Key: LOCKED, Retention: { Mode: 'GOVERNANCE', RetainUntilDate: UNTIL } }))
    await client.send(new PutObjectLegalHoldCommand({ Bucket, Key: ON_HOLD, LegalHold: { Status: 'ON' } }))
    made.clock.nowMs = DUE_MS

    const report = await made.run({ store })
    expect(report).toMatchObject({ claimed: 3, purged: 2 })
    const told = report.failed.map(({ key, error }) => ({ key, error })).toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))
    expect(told).toEqual([
      { key: LOCKED, error: expect.stringMatching(/AccessDenied.*; object lock keeps it in governance mode until 2099-12-31T00:00:00.000Z$/) },
      { key: ON_HOLD, error: expect.stringMatching(/AccessDenied.*; object lock keeps it: a legal hold of the store$/) },
    ])
    expect([await made.status('rec-1'), await made.status('rec-2'), await made.status('rec-3')]).toEqual(['purged', 'completed', 'purged'])
    expect((await store.remains({ prefix: 'recordings/' })).keys.toSorted()).toEqual([LOCKED, ON_HOLD])

    await client.send(
      new PutObjectRetentionCommand({
        Bucket,
        Key: LOCKED,
        BypassGovernanceRetention: true,
        Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(systemClock.now() + 1_000) },
      }),
    )
    await client.send(new PutObjectLegalHoldCommand({ Bucket, Key: ON_HOLD, LegalHold: { Status: 'OFF' } }))
    await expect.poll(() => made.run({ store, retryAll: true }), { timeout: 20_000, interval: 200 }).toMatchObject({ purged: 1, failed: [] })
    expect(await store.remains({ prefix: 'recordings/' })).toEqual({ keys: [], next: null })
  })

  test.each([{ versioned: false }, { versioned: true }])(
    'a purge leaves no version and no marker of what it deleted, nor touches others’ (versions kept: $versioned)',
    async (bucket) => {
      const made = await world()
      const { settings, remove } = await SERVER.bucket(bucket)
      const store = await openS3Store(settings)
      onTestFinished(async () => {
        await store.close()
        await remove()
      })
      await recordings(made, ['rec-1', 'rec-2'])
      for (const id of ['rec-1', 'rec-2', 'rec-20']) for (const name of NAMES) await put(store, `recordings/acme/ann/${id}/${name}`)
      made.clock.nowMs = DUE_MS
      expect(await made.run({ store })).toMatchObject({ purged: 2, objects: 6, failed: [] })
      expect((await store.remains({ prefix: 'recordings/' })).keys.toSorted()).toEqual(NAMES.map((name) => `recordings/acme/ann/rec-20/${name}`))
    },
  )
})
