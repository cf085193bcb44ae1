import { afterEach, expect, onTestFinished, test } from 'vitest'
import { type Fault, startTinyS3, type TinyS3, xml, xmlError } from '../../test/tiny-s3.ts'
import type { ObjectStore } from '../port.ts'
import { openS3Store } from '../s3.ts'

let tiny: TinyS3
afterEach(() => tiny.close())

async function storeThat(fault: Fault): Promise<ObjectStore> {
  tiny = await startTinyS3()
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  tiny.fault = (asked, response) => (asked.query.has('delete') ? fault(asked, response) : undefined)
  return store
}

test('each key has its own outcome inside an answer of 200', async () => {
  const failed = (key: string, code: string) => `<Error><Key>${key}</Key><Code>${code}</Code><Message>told</Message></Error>`
  const store = await storeThat((_, response) =>
    xml(
      response,
      `<DeleteResult><Deleted><Key>a</Key></Deleted>${failed('b', 'AccessDenied')}${failed('c', 'SlowDown')}${failed('d', 'InternalError')}</DeleteResult>`,
    ),
  )
  expect(await store.deleteMany(['a', 'b', 'c', 'd', 'e'])).toEqual([
    { key: 'a', deleted: true },
    { key: 'b', deleted: false, retriable: false, error: 'the store did not delete it: AccessDenied told' },
    { key: 'c', deleted: false, retriable: true, error: 'the store did not delete it: SlowDown told' },
    { key: 'd', deleted: false, retriable: true, error: 'the store did not delete it: InternalError told' },
    { key: 'e', deleted: false, retriable: true, error: 'the store did not say that it was deleted' },
  ])
})

test.each(['', '\n'])('an error as the whole of an answer of 200 deletes nothing (ending: %j)', async (ending) => {
  const store = await storeThat((_, response) => xml(response, `<Error><Code>InternalError</Code><Message>told</Message></Error>${ending}`))
  const outcomes = await store.deleteMany(['a', 'b'])
  expect(outcomes.map(({ deleted }) => deleted)).toEqual([false, false])
  expect(outcomes).toMatchObject([{ retriable: true }, { retriable: true }])
})

test('an empty answer deletes nothing', async () => {
  const store = await storeThat((_, response) => xml(response, ''))
  expect(await store.deleteMany(['a'])).toMatchObject([{ key: 'a', deleted: false, retriable: true }])
})

test.each([
  { status: 403, code: 'AccessDenied', retriable: false },
  { status: 503, code: 'SlowDown', retriable: true },
])('a request refused with $status is the failure of all its keys', async ({ status, code, retriable }) => {
  const store = await storeThat((_, response) => xmlError(response, status, code))
  const outcomes = await store.deleteMany(['a', '../b', 'c'])
  expect(outcomes).toMatchObject([
    { key: 'a', deleted: false, retriable },
    { key: '../b', deleted: false, retriable: false },
    { key: 'c', deleted: false, retriable },
  ])
  expect(outcomes[0]).toMatchObject({ error: expect.stringContaining(code) })
})

test('a quiet delete is told what was refused, and nothing else', async () => {
  const store = await storeThat(({ body }, response) =>
    body.includes('<Quiet>true</Quiet>')
      ? xml(response, '<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>told</Message></Error></DeleteResult>')
      : xmlError(response, 400, 'MalformedXML'),
  )
  expect(await store.deleteMany(['a', 'b'], { quiet: true })).toEqual([
    { key: 'a', deleted: true },
    { key: 'b', deleted: false, retriable: false, error: 'the store did not delete it: AccessDenied told' },
  ])
})

test('a delete is sent with the checksum that every store knows', async () => {
  const store = await storeThat(() => undefined)
  await store.deleteMany(['a'])
  const { headers } = tiny.asked.at(-1) ?? {}
  expect(headers?.['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('x-amz-checksum-'))).toEqual([])
})

/** Two versions a page; the store forgets what is deleted. */
function versionsOf(key: string, count: number): { fault: Fault; left: () => number } {
  let versions = Array.from({ length: count }, (_, n) => `v${String(n).padStart(3, '0')}`)
  const page = (from: string) => {
    const rest = versions.filter((version) => version > from)
    const [some, last] = [rest.slice(0, 2), rest[1]]
    const listed = some.map((version) => `<Version><Key>${key}</Key><VersionId>${version}</VersionId></Version>`).join('')
    const markers = `<NextKeyMarker>${key}</NextKeyMarker><NextVersionIdMarker>${last}</NextVersionIdMarker>`
    return `<ListVersionsResult>${listed}<IsTruncated>${rest.length > 2}</IsTruncated>${markers}</ListVersionsResult>`
  }
  return {
    left: () => versions.length,
    fault({ query, body }, response) {
      if (query.has('versioning')) return xml(response, '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>')
      if (query.has('versions')) return xml(response, page(query.get('version-id-marker') ?? ''))
      if (!query.has('delete')) return undefined
      const doomed = [...body.matchAll(/<VersionId>([^<]*)<\/VersionId>/g)].map(([, version = '']) => version)
      versions = versions.filter((version) => !doomed.includes(version))
      const deleted = doomed.map((version) => `<Deleted><Key>${key}</Key><VersionId>${version}</VersionId></Deleted>`)
      return xml(response, `<DeleteResult>${deleted.join('')}</DeleteResult>`)
    },
  }
}

test('of many pages of versions none is forgotten', async () => {
  const { fault, left } = versionsOf('r/a', 205)
  tiny = await startTinyS3()
  tiny.fault = fault
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  expect(await store.deleteMany(['r/a', 'r/b'])).toEqual(['r/a', 'r/b'].map((key) => ({ key, deleted: true })))
  expect(left()).toBe(0)
})

test('keys whose versions can’t be listed are not said to be deleted', async () => {
  const { fault, left } = versionsOf('r/a', 3)
  tiny = await startTinyS3()
  tiny.fault = (asked, response) => (asked.query.has('versions') ? xmlError(response, 403, 'AccessDenied') : fault(asked, response))
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  const outcomes = await store.deleteMany(['r/a', 'r/b'])
  expect(outcomes).toMatchObject([
    { key: 'r/a', deleted: false, retriable: false },
    { key: 'r/b', deleted: false },
  ])
  expect(outcomes[0]).toMatchObject({ error: expect.stringContaining('versions of r/*: 403 AccessDenied') })
  expect(outcomes[0]).toMatchObject({ error: expect.stringContaining('it takes s3:ListBucketVersions') })
  await expect(store.remains({ prefix: 'r/' })).rejects.toThrow('it takes s3:ListBucketVersions')
  expect(left()).toBe(3)
})

test('a bucket that keeps versions since it was opened is never sent a plain delete', async () => {
  const { fault, left } = versionsOf('r/a', 3)
  tiny = await startTinyS3()
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  tiny.fault = fault
  expect(await store.deleteMany(['r/a'])).toEqual([{ key: 'r/a', deleted: true }])
  expect(left()).toBe(0)
  expect(tiny.asked.filter(({ query, body }) => query.has('delete') && !body.includes('<VersionId>'))).toEqual([])
})

test('nothing is deleted while nobody can say whether versions are kept', async () => {
  tiny = await startTinyS3()
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  tiny.fault = ({ query }, response) => (query.has('versioning') ? xmlError(response, 403, 'AccessDenied') : undefined)
  const [outcome] = await store.deleteMany(['r/a'])
  expect(outcome).toMatchObject({ deleted: false, retriable: false, error: expect.stringContaining('it takes s3:GetBucketVersioning') })
  expect(tiny.asked.filter(({ query }) => query.has('delete'))).toEqual([])
})

test('versions that are kept and can’t be listed remain unproven', async () => {
  tiny = await startTinyS3()
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  tiny.fault = versionsOf('r/a', 0).fault
  expect(await store.remains({ prefix: 'r/' })).toEqual({ keys: [], next: null })
  tiny.fault = (asked, response) => (asked.query.has('versions') ? xmlError(response, 501, 'NotImplemented') : versionsOf('r/a', 0).fault(asked, response))
  await expect(store.remains({ prefix: 'r/' })).rejects.toThrow('the bucket keeps versions, and the store does not list them')
})
