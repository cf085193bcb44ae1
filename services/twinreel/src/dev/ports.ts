import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'

/**
 * Free ports are taken from below the range that systems give to outgoing connections (32768 on Linux, 49152 elsewhere): a client that dials a stopped server's port
 * there again and again ends up connected to itself, and the server can't come back.
 */
const LOWEST = 20_000
const HIGHEST = 32_000
const TRIES = 200

/** Whether a server could listen on the port of 127.0.0.1 now. */
export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** `count` different ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries >= TRIES) throw new Error(`no free port found on 127.0.0.1 between ${LOWEST} and ${HIGHEST}`)
    const port = randomInt(LOWEST, HIGHEST)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}
