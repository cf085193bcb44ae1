// A store in memory that speaks just enough of S3's protocol, and errs on demand: faults no real server makes when asked to.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import type { S3Settings } from '../src/s3/settings.ts'

export interface Asked {
  method: string
  /** Of the object; empty for a request about the bucket. */
  key: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}

/** Answers in the store's place, or leaves it to the store with `undefined`. */
export type Fault = (asked: Asked, response: ServerResponse) => 'answered' | undefined

export interface TinyS3 {
  settings: S3Settings
  objects: Map<string, string>
  asked: Asked[]
  /** Asked for each request once the store is open. */
  fault: Fault
  close(): Promise<void>
}

export function xmlError(response: ServerResponse, status: number, code: string, message = 'said the test'): 'answered' {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`)
  return 'answered'
}

export function xml(response: ServerResponse, body: string): 'answered' {
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(body)
  return 'answered'
}

function answerObject(objects: Map<string, string>, asked: Asked, response: ServerResponse): void {
  const { method, key, headers, body } = asked
  const found = objects.get(key)
  if (method === 'PUT') {
    if (headers['if-none-match'] === '*' && found !== undefined) return void xmlError(response, 412, 'PreconditionFailed')
    objects.set(key, body)
    return void response.writeHead(200, { etag: '"x"' }).end()
  }
  if (method === 'DELETE') {
    objects.delete(key)
    return void response.writeHead(204).end()
  }
  if (found === undefined) return void (method === 'HEAD' ? response.writeHead(404).end() : xmlError(response, 404, 'NoSuchKey'))
  const checksum = createHash('sha256').update(found).digest('base64')
  response.writeHead(200, {
    'content-length': String(Buffer.byteLength(found)),
    'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT',
    'x-amz-checksum-sha256': checksum,
  })
  response.end(method === 'HEAD' ? undefined : found)
}

function answerBucket(objects: Map<string, string>, { query, body }: Asked, response: ServerResponse): void {
  if (query.has('delete')) {
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key)
    for (const key of keys) objects.delete(key)
    return void xml(response, `<DeleteResult>${keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join('')}</DeleteResult>`)
  }
  if (query.has('versioning')) return void xml(response, '<VersioningConfiguration/>')
  xmlError(response, 501, 'NotImplemented')
}

export async function startTinyS3(settings: Partial<S3Settings> = {}): Promise<TinyS3> {
  const objects = new Map<string, string>()
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://store')
    void textOf(request).then((body) => {
      const key = decodeURIComponent(url.pathname).replace(/^\/[^/]+\/?/, '')
      const one: Asked = { method: request.method ?? '', key, query: url.searchParams, headers: request.headers, body }
      asked.push(one)
      if (tiny.fault(one, response) !== 'answered') (key === '' ? answerBucket : answerObject)(objects, one, response)
    })
  })
  const tiny: TinyS3 = {
    objects,
    asked,
    fault: () => undefined,
    settings: {
      bucket: 'tiny',
      endpoint: '',
      region: 'us-east-1',
      pathStyle: true,
      encryption: { kind: 'none' },
      credentials: { accessKeyId: 'the-access-key', secretAccessKey: 'the-secret-key' },
      maxConnections: 20,
      requestTimeoutMs: 20_000,
      ...settings,
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tiny.settings.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return tiny
}
