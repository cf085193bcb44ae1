import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3'
import { checkSettings } from './check.ts'
import { s3Client } from './client.ts'
import { ask, needing, type S3Connection, unlessAnswer } from './connection.ts'
import { placeOf, type S3Settings } from './settings.ts'

/** A rule as S3 has it (https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html). */
export type LifecycleRule = NonNullable<GetBucketLifecycleConfigurationCommandOutput['Rules']>[number]

/** `unknown`: the server does not know the question, or does not answer it. */
export type Told<T> = T | 'unknown'

export interface ReplicationRule {
  id: string
  isEnabled: boolean
  /** Keys it copies begin with it; empty: all. */
  prefix: string
  /** As the rule names it. */
  destination: string
}

export interface ObjectLock {
  /** What is put without a retention of its own gets this one; `null`: no lock by default. */
  defaultRetention: { mode: string; days: number } | null
}

/** What a bucket does of its own accord with what lies in it. */
export interface BucketSettings {
  lifecycle: Told<readonly LifecycleRule[]>
  versioning: Told<'enabled' | 'suspended' | 'never'>
  /** A version is deleted only with a code of a device (MFA delete). */
  deletesByCode: boolean
  /** `null`: none. */
  replication: Told<readonly ReplicationRule[]>
  /** `null`: the bucket has no object lock. */
  objectLock: Told<ObjectLock | null>
}

const NOT_SPOKEN = [405, 501, 'NotImplemented', 'MethodNotAllowed']
const DAYS_A_YEAR = 365

/** Asks for a bucket's lifecycle rules, versioning, replication and object lock; changes nothing. Throws a `StoreError`, which names a right that is missing. */
export async function readBucketSettings(settings: S3Settings): Promise<BucketSettings> {
  checkSettings(settings)
  const client = s3Client(settings)
  const connection = { settings, client }
  try {
    // First, because it is the one that says what is wrong with endpoint, credentials and bucket.
    const versioning = await askedVersioning(connection)
    const [lifecycle, replication, objectLock] = await Promise.all([askedLifecycle(connection), askedReplication(connection), askedObjectLock(connection)])
    return { lifecycle, ...versioning, replication, objectLock }
  } finally {
    client.destroy()
  }
}

async function askedVersioning(connection: S3Connection): Promise<Pick<BucketSettings, 'versioning' | 'deletesByCode'>> {
  const command = new GetBucketVersioningCommand({ Bucket: connection.settings.bucket })
  const answer = await ask(connection, placeOf(connection.settings), (client, options) =>
    unlessAnswer(NOT_SPOKEN, needing('s3:GetBucketVersioning', client.send(command, options)), null),
  )
  if (answer === null) return { versioning: 'unknown', deletesByCode: false }
  const deletesByCode = answer.MFADelete === 'Enabled'
  switch (answer.Status) {
    case undefined:
      return { versioning: 'never', deletesByCode }
    case 'Suspended':
      return { versioning: 'suspended', deletesByCode }
    default:
      return { versioning: 'enabled', deletesByCode }
  }
}

async function askedLifecycle(connection: S3Connection): Promise<BucketSettings['lifecycle']> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: connection.settings.bucket })
  return ask(connection, `${placeOf(connection.settings)}: lifecycle rules`, async (client, options) => {
    const sent = needing('s3:GetLifecycleConfiguration', client.send(command, options))
    const answer = await unlessAnswer(NOT_SPOKEN, unlessAnswer(['NoSuchLifecycleConfiguration'], sent, { Rules: [] }), null)
    return answer?.Rules ?? 'unknown'
  })
}

async function askedReplication(connection: S3Connection): Promise<BucketSettings['replication']> {
  const command = new GetBucketReplicationCommand({ Bucket: connection.settings.bucket })
  return ask(connection, `${placeOf(connection.settings)}: replication`, async (client, options) => {
    const sent = needing('s3:GetReplicationConfiguration', client.send(command, options))
    const answer = await unlessAnswer(NOT_SPOKEN, unlessAnswer(['ReplicationConfigurationNotFoundError'], sent, 'none' as const), null)
    if (answer === 'none') return []
    const rules = answer?.ReplicationConfiguration?.Rules
    if (rules === undefined) return 'unknown'
    return rules.map(({ ID = '', Status, Prefix, Filter, Destination }) => ({
      id: ID,
      isEnabled: Status !== 'Disabled',
      prefix: Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? '',
      destination: Destination?.Bucket ?? 'another bucket',
    }))
  })
}

async function askedObjectLock(connection: S3Connection): Promise<BucketSettings['objectLock']> {
  const command = new GetObjectLockConfigurationCommand({ Bucket: connection.settings.bucket })
  return ask(connection, `${placeOf(connection.settings)}: object lock`, async (client, options) => {
    const sent = needing('s3:GetBucketObjectLockConfiguration', client.send(command, options))
    const answer = await unlessAnswer(NOT_SPOKEN, unlessAnswer(['ObjectLockConfigurationNotFoundError'], sent, 'none' as const), null)
    if (answer === 'none') return null
    const lock = answer?.ObjectLockConfiguration
    if (lock?.ObjectLockEnabled !== 'Enabled') return 'unknown'
    const retention = lock.Rule?.DefaultRetention
    if (retention === undefined) return { defaultRetention: null }
    return { defaultRetention: { mode: retention.Mode ?? 'unknown', days: retention.Days ?? (retention.Years ?? 0) * DAYS_A_YEAR } }
  })
}
