import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3'

/**
 * All that a bucket holds but its journal, as the store says it: every version and every delete marker, hidden or not, by its key and its version. Each once: a page may
 * begin with what the one before ended with.
 */
export async function everyVersion(client: S3Client, Bucket: string): Promise<string[]> {
  const found = new Set<string>()
  for (let markers = {}; ;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, ...markers }))
    for (const { Key = '', VersionId = 'null' } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) found.add(`${Key} ${VersionId}`)
    if (page.IsTruncated !== true) return [...found].filter((version) => !version.startsWith('journal/')).toSorted()
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
}

/** The folder of the recording that a key belongs to by its name alone: four parts, without the slash behind; nothing for any other key. */
export function folderOf(key: string): string {
  const parts = key.split('/')
  return parts[0] === 'recordings' && parts.length > 4 ? parts.slice(0, 4).join('/') : ''
}

export function ownerOf(key: string): string {
  return key.split('/')[2] ?? ''
}
