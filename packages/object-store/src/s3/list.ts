import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { compareKeys, faultOfKey } from '../key.ts'
import { type ListedObject, type ListPage, type RemainingPage, StoreError } from '../port.ts'
import { ask, type S3Connection } from './connection.ts'

const MOST = 1000

/**
 * A key as it stands in a listing. Without `encoding-type=url` a key with a control character would break the XML, and the SDK reads
 * numeric references above U+FFFF wrongly. Stores that don't encode say so; `null` when it can't be decoded.
 */
export function decodeKey(key: string, encoding: string | undefined): string | null {
  if (encoding !== 'url') return key
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return null
  }
}

/** S3 orders by UTF-8 bytes; stores written in Java and its like by UTF-16 code units. A page goes on where the last one ended in either. */
function isAscending(keys: readonly string[]): boolean {
  const follow = (isBefore: (a: string, b: string) => boolean) => keys.every((key, at) => at === 0 || isBefore(keys[at - 1] ?? '', key))
  return follow((a, b) => compareKeys(a, b) < 0) || follow((a, b) => a < b)
}

/** Throws for a page out of order: there would be no telling what it leaves out. */
export function checkOrder(what: string, keys: readonly string[]): void {
  if (isAscending(keys)) return
  throw new StoreError(`${what}: the store does not list in the order of keys, so there is no telling what a page leaves out`, { retriable: false })
}

interface RawPage {
  objects: ListedObject[]
  /** Those of others, too. */
  keys: string[]
  /** The last key of the page, whether or not it is one of ours; `null` when the listing has ended. */
  last: string | null
}

async function pageAfter(connection: S3Connection, prefix: string, after: string, limit: number): Promise<RawPage> {
  const what = `objects ${prefix}*`
  const command = new ListObjectsV2Command({
    Bucket: connection.settings.bucket,
    Prefix: prefix,
    MaxKeys: limit,
    EncodingType: 'url',
    ...(after === '' ? {} : { StartAfter: after }),
  })
  const { Contents = [], IsTruncated, EncodingType } = await ask(connection, what, (client, options) => client.send(command, options))
  const objects: ListedObject[] = []
  const keys: string[] = []
  for (const { Key = '', Size, LastModified } of Contents) {
    const key = decodeKey(Key, EncodingType)
    if (key === null) throw new StoreError(`${what}: the store names a key that can’t be read: ${Key.slice(0, 100)}`, { retriable: false })
    keys.push(key)
    // Others may keep things in the bucket too, such as the markers some tools make for folders.
    if (faultOfKey(key) === null && Size !== undefined && LastModified !== undefined) {
      objects.push({ key, sizeBytes: Size, modifiedAtMs: LastModified.getTime() })
    }
  }
  if (IsTruncated === true && Contents.length === 0) throw new StoreError(`${what}: the store says there are more, and lists none`, { retriable: true })
  checkOrder(what, [after, ...keys])
  const last = keys.at(-1) ?? null
  return { objects, keys, last: IsTruncated === true ? last : null }
}

/** Only the end is an empty page: one that has nothing but keys of others is passed over. */
export async function listObjects(connection: S3Connection, options: { prefix: string; after?: string; limit?: number }): Promise<ListPage> {
  const { prefix, after = '', limit = MOST } = options
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new StoreError(`a listing of ${limit} objects; it takes 1 to ${MOST}`, { retriable: false })
  }
  for (let from = after; ;) {
    const { objects, last } = await pageAfter(connection, prefix, from, limit)
    if (objects.length > 0 || last === null) return { objects, next: last }
    from = last
  }
}

/** Every key of a page, whether or not it is one that an object of ours can have. */
export async function listKeys(connection: S3Connection, { prefix, after = '' }: { prefix: string; after?: string }): Promise<RemainingPage> {
  const { keys, last } = await pageAfter(connection, prefix, after, MOST)
  return { keys, next: last }
}
