import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Fault, startTinyS3, type TinyS3, xmlError } from '../../test/tiny-s3.ts'
import { object, sha256Of, bytesOf } from '../contract/fixture.ts'
import { type ObjectStore, StoreError } from '../port.ts'
import { openS3Store, type S3Options } from '../s3.ts'
import type { S3Settings } from './settings.ts'

async function tinyThat(fault: Fault, settings: Partial<S3Settings> = {}): Promise<TinyS3> {
  const tiny = await startTinyS3(settings)
  onTestFinished(() => tiny.close())
  tiny.fault = fault
  return tiny
}

async function open(tiny: TinyS3, options?: S3Options): Promise<ObjectStore> {
  const store = await openS3Store(tiny.settings, options)
  onTestFinished(() => store.close())
  return store
}

async function whyNot(settings: S3Settings, options?: S3Options): Promise<StoreError> {
  const error = await openS3Store(settings, options).catch((reason: unknown) => reason)
  if (!(error instanceof StoreError)) throw new Error('it should not have opened', { cause: error })
  expect(error.message).toContain(`S3 bucket ${settings.bucket}`)
  expect(`${error.stack} ${String(error.cause)}`).not.toContain('the-secret-key')
  return error
}

test.each([
  { status: 404, code: 'NoSuchBucket', advice: 'create it, or correct its name' },
  { status: 403, code: 'InvalidAccessKeyId', advice: 'check access key and secret key' },
  { status: 403, code: 'SignatureDoesNotMatch', advice: 'check access key and secret key' },
  { status: 403, code: 'AccessDenied', advice: 'look at the permissions' },
])('$code at the first request says what to do', async ({ status, code, advice }) => {
  const { settings } = await tinyThat((_, response) => xmlError(response, status, code))
  const error = await whyNot(settings)
  expect(error.retriable).toBe(false)
  expect(error.message).toContain(`at ${settings.endpoint}: ${status} ${code}`)
  expect(error.message).toContain(advice)
})

test('a bucket of another region is named with its region', async () => {
  const { settings } = await tinyThat((_, response) => {
    response.setHeader('x-amz-bucket-region', 'eu-central-1')
    return xmlError(response, 301, 'PermanentRedirect')
  })
  expect((await whyNot(settings)).message).toContain('the bucket lies in region eu-central-1; set that region')
})

test('an endpoint where nothing answers is retriable, and named', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => gone.once('listening', resolve))
  const address = gone.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await new Promise((resolve) => gone.close(resolve))
  const { settings } = await tinyThat(() => undefined)
  const error = await whyNot({ ...settings, endpoint: `http://127.0.0.1:${port}` })
  expect(error.retriable).toBe(true)
  expect(error.message).toContain(`http://127.0.0.1:${port}: ECONNREFUSED`)
  expect(error.message).toContain('check the endpoint')
})

test.each(['store.example', 'ftp://store.example', 'http://user:password@store.example', ''])('refuses the endpoint %j', async (endpoint) => {
  const { settings } = await tinyThat(() => undefined)
  const error = await whyNot({ ...settings, endpoint })
  expect(error.message).toContain('the endpoint must be http(s)://HOST')
  expect(error.message).not.toContain('user:password')
})

const NOON = Date.UTC(2026, 10, 1, 12)

test.each([
  { offMinutes: 20, way: 'ahead of' },
  { offMinutes: -20, way: 'behind' },
])('a clock $offMinutes minutes off is an error of its own', async ({ offMinutes, way }) => {
  const { settings } = await tinyThat((_, response) => void response.setHeader('date', new Date(NOON).toUTCString()))
  const error = await whyNot(settings, { clock: () => NOON + offMinutes * 60_000 })
  expect(error.retriable).toBe(false)
  expect(error.message).toContain(`this machine’s clock is 20 minutes ${way} the store’s; set both by NTP`)
})

test('a clock four minutes off will do', async () => {
  const tiny = await tinyThat((_, response) => void response.setHeader('date', new Date(NOON).toUTCString()))
  expect((await open(tiny, { clock: () => NOON + 240_000 })).conditionalWrites).toBe('enforced')
})

test('a clock off by so much that the store refuses the request is still told as that', async () => {
  const { settings } = await tinyThat((_, response) => {
    response.setHeader('date', 'Sun, 01 Nov 2020 00:00:00 GMT')
    return xmlError(response, 403, 'RequestTimeTooSkewed')
  })
  expect((await whyNot(settings)).message).toContain('minutes ahead of the store’s')
})

test('conditional writes that work are used, and the probe leaves nothing', async () => {
  const tiny = await tinyThat(() => undefined)
  expect((await open(tiny)).conditionalWrites).toBe('enforced')
  expect([...tiny.objects.keys()]).toEqual([])
})

test('a probe whose answer gets lost finds that its second try was refused', async () => {
  let isLost = false
  const tiny = await tinyThat((asked, response) => {
    if (asked.method !== 'PUT' || isLost) return undefined
    isLost = true
    tiny.objects.set(asked.key, asked.body)
    response.destroy()
    return 'answered'
  })
  expect((await open(tiny)).conditionalWrites).toBe('enforced')
  expect([...tiny.objects.keys()]).toEqual([])
})

const puts = (bodies: readonly string[], store: ObjectStore) => Promise.all(bodies.map((body) => store.putIfAbsent(object('contested', body))))
const ten = Array.from({ length: 10 }, (_, n) => `body ${n}`)

test.each([
  { name: 'that ignores the condition', isRefused: false },
  { name: 'that does not know the header', isRefused: true },
])('a store $name is found out, and within one process the first writer still wins', async ({ isRefused }) => {
  const tiny = await tinyThat((asked, response) => {
    if (isRefused && asked.headers['if-none-match'] !== undefined) return xmlError(response, 501, 'NotImplemented')
    delete asked.headers['if-none-match']
    return undefined
  })
  const store = await open(tiny)
  expect(store.conditionalWrites).toBe('ignored')
  const outcomes = await puts(ten, store)
  const won = ten[outcomes.findIndex(({ kind }) => kind === 'written')] ?? ''
  expect(outcomes.filter(({ kind }) => kind === 'exists')).toEqual(
    Array.from({ length: 9 }, () => ({ kind: 'exists', sha256: sha256Of(bytesOf(won)), sizeBytes: 6 })),
  )
  expect(tiny.objects).toEqual(new Map([['contested', won]]))
})

test('encryption that the store does not have is found at the start', async () => {
  const tiny = await tinyThat(
    (asked, response) =>
      asked.headers['x-amz-server-side-encryption'] === 'aws:kms' ? xmlError(response, 501, 'NotImplemented', 'no encryption here') : undefined,
    { encryption: { kind: 'kms', keyId: null } },
  )
  expect((await whyNot(tiny.settings)).message).toContain('a first object: 501 NotImplemented no encryption here')
})

test('a store that passes over the encryption asked for is not trusted with recordings', async () => {
  const tiny = await tinyThat(() => undefined, { encryption: { kind: 's3' } })
  const error = await whyNot(tiny.settings)
  expect(error.retriable).toBe(false)
  expect(error.message).toContain('a first object: the store was asked to encrypt with AES256 and did not say that it does')
  expect([...tiny.objects.keys()]).toEqual([])
})

test('encryption that the store confirms is asked for with each put', async () => {
  const tiny = await tinyThat(
    ({ headers }, response) => {
      const asked = headers['x-amz-server-side-encryption']
      if (typeof asked === 'string') response.setHeader('x-amz-server-side-encryption', asked)
      return undefined
    },
    { encryption: { kind: 'kms', keyId: 'alias/calls' } },
  )
  const store = await open(tiny)
  await store.putIfAbsent(object('a', 'x'))
  expect(tiny.asked.at(-1)?.headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'alias/calls',
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
  })
})

test('without puts nothing is tried out and nothing can be put', async () => {
  const tiny = await tinyThat((asked, response) => (asked.method === 'PUT' ? xmlError(response, 403, 'AccessDenied') : undefined))
  const store = await open(tiny, { puts: false })
  expect(tiny.asked.map(({ method }) => method)).toEqual(['GET'])
  await expect(store.putIfAbsent(object('a', 'x'))).rejects.toThrow('was opened without puts')
  await whyNot(tiny.settings)
})

test('a store that does not know of versions has the bucket looked for', async () => {
  const tiny = await tinyThat((asked, response) => {
    if (asked.query.has('versioning')) return xmlError(response, 501, 'NotImplemented')
    if (asked.method !== 'HEAD' || asked.key !== '') return undefined
    response.writeHead(404).end()
    return 'answered'
  })
  expect((await whyNot(tiny.settings)).message).toContain('404')
})
