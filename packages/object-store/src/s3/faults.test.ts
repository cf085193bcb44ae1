import { afterEach, expect, onTestFinished, test } from 'vitest'
import { type Fault, startTinyS3, type TinyS3, xml, xmlError } from '../../test/tiny-s3.ts'
import { object, sha256Of, bytesOf } from '../contract/fixture.ts'
import { type ObjectStore, StoreError } from '../port.ts'
import { openS3Store } from '../s3.ts'
import type { S3Settings } from './settings.ts'

let tiny: TinyS3
afterEach(() => tiny.close())

/** A store that is opened well, and from then on answers as the test says. */
async function storeThat(fault: Fault, settings: Partial<S3Settings> = {}): Promise<ObjectStore> {
  tiny = await startTinyS3(settings)
  const store = await openS3Store(tiny.settings)
  onTestFinished(() => store.close())
  tiny.asked.length = 0
  tiny.fault = fault
  return store
}

async function failureOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof StoreError)) throw new Error('it did not fail with a StoreError', { cause: error })
  return error
}

test.each([
  { status: 503, code: 'SlowDown', retriable: true },
  { status: 500, code: 'InternalError', retriable: true },
  { status: 429, code: 'TooManyRequestsException', retriable: true },
  { status: 400, code: 'RequestTimeout', retriable: true },
  { status: 403, code: 'AccessDenied', retriable: false },
  { status: 400, code: 'InvalidRequest', retriable: false },
  { status: 404, code: 'NoSuchBucket', retriable: false },
  { status: 501, code: 'NotImplemented', retriable: false },
])('an answer $status $code is retriable: $retriable', async ({ status, code, retriable }) => {
  const store = await storeThat((_, response) => xmlError(response, status, code))
  const error = await failureOf(store.putIfAbsent(object('a/b', 'x')))
  expect(error.retriable).toBe(retriable)
  expect(error.message).toContain(`object a/b: ${status} ${code} said the test`)
})

test('a gateway’s answer in HTML is retriable, whatever it says', async () => {
  const store = await storeThat((_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><p>Bad Gateway<br></html>')
    return 'answered'
  })
  const error = await failureOf(store.putIfAbsent(object('a', 'x')))
  expect(error.retriable).toBe(true)
  expect(error.message).toContain('502')
  expect((await failureOf(store.get('a'))).retriable).toBe(true)
  expect((await failureOf(store.list({ prefix: '' }))).retriable).toBe(true)
})

test('a store that never answers is given up after the request timeout', async () => {
  const store = await storeThat(() => 'answered', { requestTimeoutMs: 300 })
  const error = await failureOf(store.putIfAbsent(object('a', 'x')))
  expect(error).toMatchObject({ retriable: true, message: 'object a: the store did not answer within 300 ms' })
})

test('a body that stops coming is given up after the request timeout', async () => {
  const store = await storeThat(
    (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('12345')
      return 'answered'
    },
    { requestTimeoutMs: 300 },
  )
  const error = await failureOf(store.get('a'))
  expect(error).toMatchObject({ retriable: true, message: 'object a: the store did not answer within 300 ms' })
})

test.each(['10', undefined])('a body cut off in the middle is an error, not a short object (declared length: %s)', async (length) => {
  const store = await storeThat((_, response) => {
    response.writeHead(200, length === undefined ? {} : { 'content-length': length }).write('12345', () => response.destroy())
    return 'answered'
  })
  expect((await failureOf(store.get('a'))).retriable).toBe(true)
})

test('a put whose answer gets lost has written: the second try finds its own bytes', async () => {
  let isLost = false
  const store = await storeThat((asked, response) => {
    if (asked.method !== 'PUT' || isLost) return undefined
    isLost = true
    tiny.objects.set(asked.key, asked.body)
    response.destroy()
    return 'answered'
  })
  expect(await store.putIfAbsent(object('a', 'mine'))).toEqual({ kind: 'exists', sha256: sha256Of(bytesOf('mine')), sizeBytes: 4 })
})

test('a put refused because of another one at the same time is tried again', async () => {
  let conflicts = 2
  const store = await storeThat((asked, response) =>
    asked.method === 'PUT' && conflicts-- > 0 ? xmlError(response, 409, 'ConditionalRequestConflict') : undefined,
  )
  expect(await store.putIfAbsent(object('a', 'x'))).toEqual({ kind: 'written' })
  tiny.fault = (asked, response) => (asked.method === 'PUT' ? xmlError(response, 409, 'ConditionalRequestConflict') : undefined)
  const lasting = await failureOf(store.putIfAbsent(object('b', 'x')))
  expect(lasting).toMatchObject({ retriable: true, message: 'object b: 409 ConditionalRequestConflict said the test' })
  tiny.fault = (asked, response) => (asked.method === 'PUT' ? xmlError(response, 409, 'ObjectParentIsFile') : undefined)
  expect((await failureOf(store.putIfAbsent(object('b/c', 'x')))).retriable).toBe(false)
})

test('where a store keeps no checksum, `exists` is answered by reading, `head` with null', async () => {
  const store = await storeThat((asked, response) => {
    if (asked.method !== 'HEAD') return undefined
    response.writeHead(200, { 'content-length': '5', 'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT' }).end()
    return 'answered'
  })
  tiny.objects.set('a', 'there')
  expect(await store.putIfAbsent(object('a', 'mine'))).toEqual({ kind: 'exists', sha256: sha256Of(bytesOf('there')), sizeBytes: 5 })
  expect((await store.head('a'))?.sha256).toBeNull()
})

test('a store that knows no ranges still gives the bytes asked for', async () => {
  const store = await storeThat(() => undefined)
  tiny.objects.set('a', '0123456789')
  expect(await store.get('a', { start: 3, endExclusive: 6 })).toEqual(bytesOf('345'))
  expect(await store.get('a', { start: 8, endExclusive: 99 })).toEqual(bytesOf('89'))
})

test('an object too large for memory is not read whole', async () => {
  const store = await storeThat((_, response) => {
    response.writeHead(200, { 'content-length': '300000000' }).write('x')
    return 'answered'
  })
  const error = await failureOf(store.get('a'))
  expect(error).toMatchObject({ retriable: false, message: 'object a: 300000000 bytes are more than the 268435456 that are read at once; read ranges of it' })
})

test('a listing of versions that the store fails at is asked for again, and not for ever', async () => {
  let failures = 5
  const version = '<Version><Key>a</Key><VersionId>1</VersionId></Version>'
  const store = await storeThat(({ query }, response) => {
    if (!query.has('versions')) return undefined
    return failures-- > 0 ? xmlError(response, 500, 'InternalError') : xml(response, `<ListVersionsResult>${version}</ListVersionsResult>`)
  })
  expect(await store.remains({ prefix: '' })).toEqual({ keys: ['a'], next: null })
  failures = Infinity
  const lasting = await failureOf(store.remains({ prefix: '' }))
  expect(lasting).toMatchObject({ retriable: true, message: 'versions of *: 500 InternalError said the test' })
  tiny.asked.length = 0
  tiny.fault = (_, response) => xmlError(response, 403, 'AccessDenied')
  await failureOf(store.remains({ prefix: '' }))
  expect(tiny.asked).toHaveLength(1)
})

test('a listing without end or in no order is an error', async () => {
  const entry = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-11-01T00:00:00.000Z</LastModified></Contents>`
  const store = await storeThat((_, response) => xml(response, `<ListBucketResult>${entry('b')}${entry('a')}</ListBucketResult>`))
  expect((await failureOf(store.list({ prefix: '' }))).message).toContain('does not list in the order of keys')
  tiny.fault = (_, response) => xml(response, '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>')
  expect((await failureOf(store.list({ prefix: '' }))).message).toContain('says there are more, and lists none')
  const flood = '<x/>'.repeat(5_000_000)
  tiny.fault = (_, response) => xml(response, flood)
  expect((await failureOf(store.list({ prefix: '' }))).message).toContain('more than 16777216 bytes')
})

test('entities that a document type declares are not expanded', async () => {
  const doctype = '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
  const store = await storeThat((_, response) => {
    response.writeHead(400).end(`${doctype}<Error><Code>Odd</Code><Message>x&b;&f;x</Message></Error>`)
    return 'answered'
  })
  expect((await failureOf(store.list({ prefix: '' }))).message).toContain('400 Odd xx')
})

test('before each try, also the SDK’s own after a broken connection, it is asked whether it may begin', async () => {
  const store = await storeThat((_, response) => {
    response.destroy()
    return 'answered'
  })
  const answers = [true, false]
  const error = await failureOf(store.putIfAbsent({ ...object('a', 'x'), mayBegin: () => answers.shift() ?? false }))
  expect(error).toMatchObject({ retriable: true, message: 'object a: it may not be put any more' })
  expect(answers).toEqual([])
  expect(tiny.asked).toHaveLength(1)
})

test('a put that is broken off ends at once, is not tried again, and may be', async () => {
  const breaking = new AbortController()
  const store = await storeThat(() => {
    breaking.abort()
    return 'answered'
  })
  const error = await failureOf(store.putIfAbsent({ ...object('a', 'x'), signal: breaking.signal }))
  expect(error).toMatchObject({ retriable: true, message: 'object a: it was broken off' })
  expect(tiny.asked).toHaveLength(1)
  expect((await failureOf(store.putIfAbsent({ ...object('a', 'x'), signal: breaking.signal }))).message).toBe('object a: it was broken off')
  expect(tiny.asked).toHaveLength(1)
})
