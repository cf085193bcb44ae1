import { createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ListenError, startHttpServer, type HttpAnswer, type HttpServer } from './http-server.ts'

const errors: unknown[] = []

async function serverOf(paths: Record<string, () => Promise<HttpAnswer> | HttpAnswer>): Promise<HttpServer> {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, paths, onError: (error) => errors.push(error) })
  onTestFinished(() => server.stop())
  return server
}

const hello = (): HttpAnswer => ({ status: 200, contentType: 'text/plain', body: 'hello\n' })

test('a path is answered to GET, and to HEAD without the body; a query is left aside', async () => {
  const { port } = await serverOf({ '/hello': hello })
  const got = await fetch(`http://127.0.0.1:${port}/hello?x=1`)
  expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([200, 'text/plain', 'hello\n'])
  const head = await fetch(`http://127.0.0.1:${port}/hello`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '6', ''])
})

test('other paths, other methods and bodies are refused', async () => {
  const { port } = await serverOf({ '/hello': hello })
  const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init)
  expect((await at('/')).status).toBe(404)
  expect((await at('/hello/')).status).toBe(404)
  const posted = await at('/hello', { method: 'POST', body: 'x'.repeat(100_000) })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  const request = httpRequest({ port, host: '127.0.0.1', path: '/hello', method: 'GET', headers: { 'content-length': 5 } })
  const status = new Promise((resolve, reject) => request.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject))
  request.end('hello')
  expect(await status).toBe(413)
})

test('headers of more than some kilobytes are refused', async () => {
  const { port } = await serverOf({ '/hello': hello })
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET /hello HTTP/1.1\r\nHost: x\r\nX-Much: ${'a'.repeat(10_000)}\r\n\r\n`)
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 431 /)
})

test('a failing path is a 500 that tells nothing, and the error is handed on', async () => {
  const { port } = await serverOf({ '/broken': () => Promise.reject(new Error('secret detail')) })
  const got = await fetch(`http://127.0.0.1:${port}/broken`)
  expect([got.status, await got.text()]).toEqual([500, '{"error":"failed"}\n'])
  expect(errors).toEqual([new Error('secret detail')])
})

test('a port that is taken is told as that', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const starting = startHttpServer({ host: '127.0.0.1', port, paths: {}, onError: () => undefined })
  await expect(starting).rejects.toThrow(ListenError)
  await expect(starting).rejects.toThrow(`can’t listen on 127.0.0.1:${port}: the port is taken; stop what listens there, or choose another one`)
})

test('after a stop nothing is answered any more, and connections kept open are closed', async () => {
  const server = await serverOf({ '/hello': hello })
  const url = `http://127.0.0.1:${server.port}/hello`
  await (await fetch(url)).text()
  await server.stop()
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})
