import { setTimeout as wait } from 'node:timers/promises'
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { ask, needing, type S3Connection, unlessAnswer } from './connection.ts'
import { faultOf, isRetriable } from './failure.ts'
import { decodeKey } from './list.ts'

/** A version of an object, or a delete marker. */
export interface Version {
  /** As it stands in the listing when it can't be decoded; `isReadable` says so. */
  key: string
  isReadable: boolean
  versionId: string
  isMarker: boolean
}

/** Where a listing of versions goes on. */
export interface Markers {
  KeyMarker?: string
  VersionIdMarker?: string
}

export interface VersionPage {
  versions: Version[]
  /** `null` at the end. */
  next: (Markers & { KeyMarker: string }) | null
}

/** Waits before a page is asked for again. Some stores answer 500 while what they list is being deleted by somebody else, and a moment later as they should. */
const WAITS_MS = [50, 200, 800]

/** The same page again as long as the store says that something went wrong in it. To list changes nothing, so it may be done often. */
async function askedAgain(send: () => Promise<ListObjectVersionsCommandOutput>, signal: AbortSignal): Promise<ListObjectVersionsCommandOutput> {
  for (const waitMs of WAITS_MS) {
    try {
      return await send()
    } catch (error) {
      const fault = faultOf(error)
      if (fault.status === null || fault.status < 500 || !isRetriable(fault)) throw error
    }
    await wait(waitMs, undefined, { signal })
  }
  return send()
}

/** One page, of at most `limit`, of all that the bucket keeps under a prefix, hidden or not; `null` where the store knows no such request. */
export async function versionPage(connection: S3Connection, prefix: string, markers: Markers, limit?: number): Promise<VersionPage | null> {
  const what = `versions of ${prefix}*`
  const command = new ListObjectVersionsCommand({ Bucket: connection.settings.bucket, Prefix: prefix, EncodingType: 'url', MaxKeys: limit, ...markers })
  const page = await ask(connection, what, (client, options) =>
    unlessAnswer(
      [405, 501],
      needing(
        's3:ListBucketVersions',
        askedAgain(() => client.send(command, options), options.abortSignal),
      ),
      null,
    ),
  )
  if (page === null) return null
  const read = (isMarker: boolean) => (listed: { Key?: string | undefined; VersionId?: string | undefined }) => {
    const { Key = '', VersionId = 'null' } = listed
    const key = decodeKey(Key, page.EncodingType)
    return { key: key ?? Key, isReadable: key !== null, versionId: VersionId, isMarker }
  }
  const versions: Version[] = [...(page.Versions ?? []).map(read(false)), ...(page.DeleteMarkers ?? []).map(read(true))]
  if (page.IsTruncated !== true) return { versions, next: null }
  const [keyMarker, versionMarker] = [decodeKey(page.NextKeyMarker ?? '', page.EncodingType), page.NextVersionIdMarker]
  if (keyMarker === null || keyMarker === '' || (keyMarker === markers.KeyMarker && versionMarker === markers.VersionIdMarker)) {
    throw new StoreError(`${what}: the store says there are more, and not where they go on`, { retriable: true })
  }
  return { versions, next: { KeyMarker: keyMarker, ...(versionMarker === undefined || versionMarker === '' ? {} : { VersionIdMarker: versionMarker }) } }
}
