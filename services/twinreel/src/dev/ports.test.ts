import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePorts, isFree } from './ports.ts'

test('free ports differ, are free, and lie below those that outgoing connections get', async () => {
  const ports = await freePorts(20)
  expect(new Set(ports).size).toBe(20)
  for (const port of ports) {
    expect(await isFree(port)).toBe(true)
    expect(port).toBeGreaterThanOrEqual(20_000)
    expect(port).toBeLessThan(32_000)
  }
})

test('a port on which somebody listens is not free', async () => {
  const [port = 0] = await freePorts(1)
  const server = createServer().listen({ port, host: '127.0.0.1' })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect(await isFree(port)).toBe(false)
})
