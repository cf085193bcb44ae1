import { CreateBucketCommand, PutObjectLockConfigurationCommand } from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTinyS3, xml, xmlError, type Fault } from '../../test/tiny-s3.ts'
import { emptyAndDeleteBucket } from './bucket.ts'
import { readBucketSettings, type BucketSettings } from './bucket-settings.ts'
import { s3Client } from './client.ts'
import { OTHER_SERVER, SERVER } from './testing.ts'

async function settingsOf(fault: Fault): Promise<BucketSettings> {
  const tiny = await startTinyS3()
  onTestFinished(() => tiny.close())
  tiny.fault = fault
  return readBucketSettings(tiny.settings)
}

test('a bucket that does a lot by itself is read as it is', async () => {
  const answers: Record<string, string> = {
    versioning: '<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>',
    lifecycle:
      '<LifecycleConfiguration><Rule><ID>old</ID><Status>Enabled</Status><Filter><And><Prefix>recordings/</Prefix><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></And></Filter><Expiration><Days>7</Days></Expiration><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>',
    replication:
      '<ReplicationConfiguration><Role>r</Role><Rule><ID>copy</ID><Status>Enabled</Status><Filter><Prefix>rec</Prefix></Filter><Destination><Bucket>arn:aws:s3:::there</Bucket></Destination></Rule></ReplicationConfiguration>',
    'object-lock':
      '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>2</Years></DefaultRetention></Rule></ObjectLockConfiguration>',
  }
  const found = await settingsOf(({ query }, response) => {
    const asked = Object.keys(answers).find((name) => query.has(name))
    return asked === undefined ? undefined : xml(response, answers[asked] ?? '')
  })
  expect(found).toMatchObject({
    versioning: 'enabled',
    deletesByCode: true,
    lifecycle: [
      {
        ID: 'old',
        Status: 'Enabled',
        Filter: { And: { Prefix: 'recordings/', ObjectSizeGreaterThan: 9 } },
        Expiration: { Days: 7 },
        Transitions: [{ StorageClass: 'GLACIER' }],
      },
    ],
    replication: [{ id: 'copy', isEnabled: true, prefix: 'rec', destination: 'arn:aws:s3:::there' }],
    objectLock: { defaultRetention: { mode: 'COMPLIANCE', days: 730 } },
  })
})

test('a bucket that has none of it says so with errors, which are none', async () => {
  const codes = {
    lifecycle: 'NoSuchLifecycleConfiguration',
    replication: 'ReplicationConfigurationNotFoundError',
    'object-lock': 'ObjectLockConfigurationNotFoundError',
  }
  const found = await settingsOf(({ query }, response) => {
    const asked = Object.entries(codes).find(([name]) => query.has(name))
    return asked === undefined ? undefined : xmlError(response, 404, asked[1])
  })
  expect(found).toEqual({ lifecycle: [], versioning: 'never', deletesByCode: false, replication: [], objectLock: null })
})

test('what a server does not know, or answers with something else, it does not say', async () => {
  const silent = { lifecycle: 'unknown', versioning: 'unknown', deletesByCode: false, replication: 'unknown', objectLock: 'unknown' }
  expect(await settingsOf((_, response) => xmlError(response, 501, 'NotImplemented'))).toEqual(silent)
  const listing = '<ListBucketResult><Name>tiny</Name></ListBucketResult>'
  expect(await settingsOf((_, response) => xml(response, listing))).toEqual({ ...silent, versioning: 'never' })
})

test('a right that is missing is named', async () => {
  const denied = settingsOf(({ query }, response) => (query.has('lifecycle') ? xmlError(response, 403, 'AccessDenied') : undefined))
  await expect(denied).rejects.toThrow(/S3 bucket tiny at .*: lifecycle rules: .*s3:GetLifecycleConfiguration/)
})

describe.skipIf(SERVER.isMissing)('the server of TWINREEL_TEST_S3', { timeout: 60_000 }, () => {
  test('says of its buckets what it knows', async () => {
    const { settings, remove } = await SERVER.bucket({ versioned: true })
    onTestFinished(remove)
    expect(await readBucketSettings(settings)).toMatchObject({ versioning: 'enabled', deletesByCode: false, objectLock: null })
  })

  test('says how long it locks', async () => {
    const settings = SERVER.settings()
    const client = s3Client(settings)
    onTestFinished(async () => {
      client.destroy()
      await emptyAndDeleteBucket(settings)
    })
    await client.send(new CreateBucketCommand({ Bucket: settings.bucket, ObjectLockEnabledForBucket: true }))
    expect((await readBucketSettings(settings)).objectLock).toEqual({ defaultRetention: null })
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 3 } }
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: settings.bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule } }))
    expect((await readBucketSettings(settings)).objectLock).toEqual({ defaultRetention: { mode: 'GOVERNANCE', days: 3 } })
  })

  test('is asked about a bucket that is not there: an error that says so', async () => {
    await expect(readBucketSettings(SERVER.settings())).rejects.toThrow(/there is no such bucket/)
  })
})

describe.skipIf(OTHER_SERVER.isMissing)('the server of TWINREEL_TEST_S3_OTHER', { timeout: 60_000 }, () => {
  test('may know none of this, and is not accused', async () => {
    const { settings, remove } = await OTHER_SERVER.bucket()
    onTestFinished(remove)
    for (const told of Object.values(await readBucketSettings(settings))) expect(['unknown', 'never', false, null, []]).toContainEqual(told)
  })
})
