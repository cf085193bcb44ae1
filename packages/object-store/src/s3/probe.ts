import { hash, randomUUID } from 'node:crypto'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { type ObjectStore, StoreError } from '../port.ts'
import { ask, type S3Connection, unlessAnswer } from './connection.ts'
import { headOfObject } from './get.ts'
import { putCommand } from './put.ts'
import { placeOf, type S3Settings } from './settings.ts'

const PREFIX = 'twinreel-probe/'

const CONDITION_FAILED = [412, 409]

/** What stores say that know the header and don't implement it. */
const NOT_IMPLEMENTED = [501, 'NotImplemented', 'InvalidArgument', 'InvalidRequest']

/**
 * Tries whether a second put of one key is refused, as it must be with `If-None-Match: *`. There are stores that ignore the header, and
 * behind them two writers would both believe they had been first. Finds out by the way whether objects may be put, and encrypted as
 * asked for. Its objects are deleted; what can't be deleted for lack of permission stays, empty.
 */
export async function probeConditionalWrites(connection: S3Connection, keepsVersions: boolean): Promise<ObjectStore['conditionalWrites']> {
  const { settings } = connection
  const what = `${placeOf(settings)}: a first object`
  const put = { key: `${PREFIX}${randomUUID()}`, body: new Uint8Array(), sha256: hash('sha256', ''), contentType: 'application/octet-stream' }
  const versions: (string | undefined)[] = []
  /** Whether it was taken; `false` for the answers that are expected. */
  const tryPut = (onlyIfAbsent: boolean, refusals: readonly (number | string)[]) =>
    ask(connection, what, async (client, options) => {
      const answer = await unlessAnswer(refusals, client.send(putCommand(settings, put, onlyIfAbsent), options), null)
      if (answer === null) return false
      // Where versions are no longer kept, what is put has the version “null”, and a plain delete would leave a marker.
      versions.push(answer.VersionId ?? (keepsVersions ? 'null' : undefined))
      checkEncryption(settings, answer.ServerSideEncryption)
      return true
    })
  try {
    if (await tryPut(true, [...CONDITION_FAILED, ...NOT_IMPLEMENTED])) return (await tryPut(true, CONDITION_FAILED)) ? 'ignored' : 'enforced'
    if ((await headOfObject(connection, put.key)) !== null) {
      // Its own first try was taken, the answer got lost, and the SDK's second try was refused as it should be.
      versions.push(undefined)
      return 'enforced'
    }
    // The header itself is refused. Without it, it must work.
    await tryPut(false, [])
    return 'ignored'
  } finally {
    await Promise.allSettled(versions.map((version) => removeProbe(connection, put.key, version)))
  }
}

/** S3 names the encryption in its answer. A store that passes over what it was asked for would keep everything in the clear. */
function checkEncryption({ encryption }: S3Settings, said: string | undefined): void {
  if (encryption.kind === 'none') return
  const asked = encryption.kind === 's3' ? 'AES256' : 'aws:kms'
  if (said === asked) return
  throw new StoreError(`the store was asked to encrypt with ${asked} and did not say that it does; ask for no encryption if it has its own`, {
    retriable: false,
  })
}

function removeProbe(connection: S3Connection, key: string, versionId: string | undefined) {
  const command = new DeleteObjectCommand({ Bucket: connection.settings.bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) })
  return ask(connection, `object ${key}`, (client, options) => client.send(command, options))
}
