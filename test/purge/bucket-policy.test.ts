import { execFileSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { openS3Store } from '@twinreel/object-store/s3'
import { createBucket } from '@twinreel/object-store/s3/bucket'
import { s3Client } from '@twinreel/object-store/s3/client'
import type { S3Settings } from '@twinreel/object-store/s3/settings'
import { DUE_MS, put, recordings, world } from '@twinreel/retention/world'
import { describe, expect, onTestFinished, test } from 'vitest'
import { missingPrograms, startPrivateServers } from '../support/private-servers.ts'

const USER = { accessKeyId: 'worker', secretAccessKey: 'worker-secret-1' }
const DENIED = 'recordings/acme/ann/rec-1/'
const NAMES = ['00000.wav', '00001.wav', 'manifest.json']

/** A server of its own with a user who is not its root, to whom policies apply. */
async function serverWithUser(): Promise<{ root: S3Settings; worker: S3Settings }> {
  const servers = await startPrivateServers(['s3'])
  onTestFinished(servers.close)
  const {
    TWINREEL_TEST_S3: endpoint = '',
    TWINREEL_TEST_S3_ACCESS_KEY: accessKeyId = '',
    TWINREEL_TEST_S3_SECRET_KEY: secretAccessKey = '',
  } = servers.testVariables
  const program = readlinkSync(`/proc/${servers.of('s3').process().pid}/exe`)
  const admin = ['admin', '--access', accessKeyId, '--secret', secretAccessKey, '--endpoint-url', endpoint]
  execFileSync(program, [...admin, 'create-user', '--access', USER.accessKeyId, '--secret', USER.secretAccessKey, '--role', 'user'])
  const root: S3Settings = {
    bucket: 'policed',
    endpoint,
    region: 'us-east-1',
    pathStyle: true,
    encryption: { kind: 'none' },
    credentials: { accessKeyId, secretAccessKey },
    maxConnections: 50,
    requestTimeoutMs: 30_000,
  }
  return { root, worker: { ...root, credentials: USER } }
}

describe.skipIf((await missingPrograms(['s3'])).length > 0)(
  'a bucket whose policy denies deletions, on a server of the test’s own',
  { timeout: 120_000 },
  () => {
    test('has nothing certified that it keeps, says which right is missing and where to look, and others go; mended, the rest goes too', async () => {
      const { root, worker } = await serverWithUser()
      await createBucket(root)
      const client = s3Client(root)
      onTestFinished(() => client.destroy())
      const allow = {
        Effect: 'Allow',
        Principal: { AWS: [USER.accessKeyId] },
        Action: ['s3:*'],
        Resource: [`arn:aws:s3:::${root.bucket}`, `arn:aws:s3:::${root.bucket}/*`],
      }
      const deny = { ...allow, Effect: 'Deny', Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'], Resource: [`arn:aws:s3:::${root.bucket}/${DENIED}*`] }
      const apply = (...Statement: readonly object[]) =>
        client.send(new PutBucketPolicyCommand({ Bucket: root.bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }))
      await apply(allow, deny)

      const store = await openS3Store(worker)
      onTestFinished(() => store.close())
      const made = await world()
      await recordings(made, ['rec-1', 'rec-2'])
      for (const id of ['rec-1', 'rec-2']) for (const name of NAMES) await put(store, `recordings/acme/ann/${id}/${name}`)
      made.clock.nowMs = DUE_MS

      const report = await made.run({ store })
      expect(report).toMatchObject({ halted: null, claimed: 2, purged: 1 })
      expect(report.failed.map(({ key }) => key).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(NAMES.map((name) => DENIED + name))
      for (const { error, advice } of report.failed) {
        expect(error).toContain('AccessDenied')
        expect(advice).toMatch(/s3:DeleteObject .*look for a bucket policy that denies it/)
      }
      expect([await made.status('rec-1'), await made.status('rec-2')]).toEqual(['completed', 'purged'])
      expect((await store.remains({ prefix: 'recordings/' })).keys.toSorted()).toEqual(NAMES.map((name) => DENIED + name))

      await apply(allow)
      expect(await made.run({ store, retryAll: true })).toMatchObject({ resumed: 1, purged: 1, failed: [] })
      expect(await store.remains({ prefix: 'recordings/' })).toEqual({ keys: [], next: null })
    })
  },
)
