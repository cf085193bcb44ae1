import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'

const server = createServer((incoming, response) => {
  let received = 0
  incoming.on('data', (piece: Buffer) => void (received += piece.length))
  incoming.on('end', () => response.end(`received ${received}`))
})
let proxy: FaultProxy

beforeEach(async () => {
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  proxy = await startFaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
})

afterEach(async () => {
  await proxy.close()
  server.close()
})

function ask(options: { body?: string; withinMs?: number } = {}): Promise<{ status: number; text: string }> {
  return fetch(`http://127.0.0.1:${proxy.port}/`, {
    method: 'PUT',
    body: options.body ?? 'hello',
    signal: AbortSignal.timeout(options.withinMs ?? 10_000),
  }).then(async (response) => ({ status: response.status, text: await response.text() }))
}

test('it forwards everything while nothing is wrong', async () => {
  expect(await ask()).toEqual({ status: 200, text: 'received 5' })
  expect(await ask({ body: 'x'.repeat(3_000_000) })).toEqual({ status: 200, text: 'received 3000000' })
})

test('unavailable answers 503 with an S3 error to each request, also to long ones, until it is over', async () => {
  await ask()
  await proxy.switchTo({ kind: 'unavailable' })
  for (const body of ['', 'hello', 'x'.repeat(1_000_000)]) {
    const { status, text } = await ask({ body })
    expect(status).toBe(503)
    expect(text).toContain('<Code>ServiceUnavailable</Code>')
  }
  await proxy.switchTo({ kind: 'none' })
  expect((await ask()).status).toBe(200)
})

test('hanging accepts and never answers, and drops what hung when it is over', async () => {
  await proxy.switchTo({ kind: 'hang' })
  const hung = request({ host: '127.0.0.1', port: proxy.port, agent: false }).end()
  const failed = once(hung, 'error')
  await expect(ask({ withinMs: 200 })).rejects.toThrow(/timeout/)
  expect(proxy.accepted()).toBeGreaterThan(0)
  await proxy.switchTo({ kind: 'none' })
  await failed
  expect((await ask()).status).toBe(200)
})

test('slow lets everything through in the end', async () => {
  await proxy.switchTo({ kind: 'slow', delayMs: 20, bytesPerSecond: 1_000_000 })
  expect(await ask({ body: 'x'.repeat(50_000) })).toEqual({ status: 200, text: 'received 50000' })
})

test('refusing is as if nobody were there, and the port comes back', async () => {
  await ask()
  await proxy.switchTo({ kind: 'refuse' })
  await expect(ask()).rejects.toThrow('fetch failed')
  await proxy.switchTo({ kind: 'none' })
  expect((await ask()).status).toBe(200)
})
