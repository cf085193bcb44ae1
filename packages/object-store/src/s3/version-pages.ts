import { ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { ask, needing, type S3Connection, unlessAnswer } from './connection.ts'
import { decodeKey } from './list.ts'

/** A version of an object, or a delete marker. */
export interface Version {
  /** As it stands in the listing when it can't be decoded; `isReadable` says so. */
  key: string
  isReadable: boolean
  versionId: string
}

/** Where a listing of versions goes on. */
export interface Markers {
  KeyMarker?: string
  VersionIdMarker?: string
}

export interface VersionPage {
  versions: Version[]
  /** `null` at the end. */
  next: Markers | null
}

/** One page of all that the bucket keeps under a prefix, hidden or not; `null` where the store knows no such request. */
export async function versionPage(connection: S3Connection, prefix: string, markers: Markers): Promise<VersionPage | null> {
  const what = `versions of ${prefix}*`
  const command = new ListObjectVersionsCommand({ Bucket: connection.settings.bucket, Prefix: prefix, EncodingType: 'url', ...markers })
  const page = await ask(connection, what, (client, options) => unlessAnswer([405, 501], needing('s3:ListBucketVersions', client.send(command, options)), null))
  if (page === null) return null
  const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key = '', VersionId = 'null' }): Version => {
    const key = decodeKey(Key, page.EncodingType)
    return { key: key ?? Key, isReadable: key !== null, versionId: VersionId }
  })
  if (page.IsTruncated !== true) return { versions, next: null }
  const [keyMarker, versionMarker] = [decodeKey(page.NextKeyMarker ?? '', page.EncodingType), page.NextVersionIdMarker]
  if (keyMarker === null || keyMarker === '' || (keyMarker === markers.KeyMarker && versionMarker === markers.VersionIdMarker)) {
    throw new StoreError(`${what}: the store says there are more, and not where they go on`, { retriable: true })
  }
  return { versions, next: { KeyMarker: keyMarker, ...(versionMarker === undefined || versionMarker === '' ? {} : { VersionIdMarker: versionMarker }) } }
}
