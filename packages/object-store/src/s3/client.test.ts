import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { s3Client } from './client.ts'
import type { S3Settings } from './settings.ts'

const SETTINGS: S3Settings = {
  bucket: 'calls',
  endpoint: 'http://store.example:9000',
  region: 'eu-central-1',
  pathStyle: true,
  encryption: { kind: 'none' },
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  maxConnections: 4,
  requestTimeoutMs: 1_000,
}

interface Wired {
  protocol: string
  hostname: string
  path: string
  headers: Record<string, string>
}

/** The request as it would leave the machine. */
async function wired(settings: S3Settings, command: (Bucket: string) => PutObjectCommand | GetObjectCommand): Promise<Wired> {
  const client = s3Client(settings)
  let request: Wired | undefined
  client.middlewareStack.add(
    () => (args) => {
      request = args.request as Wired
      return Promise.reject(new Error('goes no further'))
    },
    { step: 'deserialize', priority: 'low' },
  )
  const sent = command(settings.bucket)
  await expect(sent instanceof PutObjectCommand ? client.send(sent) : client.send(sent)).rejects.toThrow('goes no further')
  client.destroy()
  if (request === undefined) throw new Error('nothing was sent')
  return request
}

const get = (Bucket: string) => new GetObjectCommand({ Bucket, Key: 'r/a b.wav' })

test.each([
  { name: 'in the path', settings: {}, hostname: 'store.example', path: '/calls/r/a%20b.wav' },
  { name: 'in the host name', settings: { pathStyle: false }, hostname: 'calls.store.example', path: '/r/a%20b.wav' },
  { name: 'at Amazon’s', settings: { pathStyle: false, endpoint: null }, hostname: 'calls.s3.eu-central-1.amazonaws.com', path: '/r/a%20b.wav' },
])('the bucket stands $name', async ({ settings, hostname, path }) => {
  expect(await wired({ ...SETTINGS, ...settings }, get)).toMatchObject({ hostname, path, protocol: settings.endpoint === null ? 'https:' : 'http:' })
})

test('a put is signed over the hash it comes with, and asks for no "continue" that would cost a connection', async () => {
  const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
  const { headers } = await wired(SETTINGS, (Bucket) => {
    const Body = Buffer.alloc(3_000_000)
    return new PutObjectCommand({ Bucket, Key: 'a', Body, ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'), IfNoneMatch: '*' })
  })
  expect(headers).toMatchObject({ 'x-amz-content-sha256': sha256, 'if-none-match': '*', 'content-length': '3000000' })
  expect(headers['authorization']).toMatch(/SignedHeaders=[^,]*x-amz-content-sha256/)
  expect(Object.keys(headers).filter((name) => /^expect$|trailer|x-amz-checksum-crc/i.test(name))).toEqual([])
})
