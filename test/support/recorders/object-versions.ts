import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import type { S3Settings } from '@twinreel/object-store/s3/settings'

/** Everything a bucket that keeps versions holds. */
export interface ObjectVersions {
  /** The keys that begin so, once for each version and each mark of a deletion. */
  below(prefix: string): Promise<string[]>
  close(): void
}

export function openObjectVersions({ bucket: Bucket, endpoint, region, credentials }: S3Settings): ObjectVersions {
  const client = new S3Client({ region, forcePathStyle: true, ...(endpoint === null ? {} : { endpoint }), ...(credentials === null ? {} : { credentials }) })
  type Marker = { KeyMarker?: string; VersionIdMarker?: string }
  const page = (Prefix: string, from: Marker) => client.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...from }))
  return {
    async below(prefix) {
      const keys: string[] = []
      for (let next: Marker | null = {}; next !== null;) {
        const found: Awaited<ReturnType<typeof page>> = await page(prefix, next)
        keys.push(...[...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])].map(({ Key = '' }) => Key))
        const { IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = found
        next =
          IsTruncated !== true ? null : { ...(KeyMarker === undefined ? {} : { KeyMarker }), ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }) }
      }
      return keys
    },
    close: () => client.destroy(),
  }
}
