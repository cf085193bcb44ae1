import { once } from 'node:events'
import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request that came to the door whole. */
export interface AtDoor {
  method: string
  /** Behind the bucket's name. */
  key: string
  query: URLSearchParams
  body: string
}

/**
 * What is done with a request: `pass` it on and its answer back; `hold` it, so that the store never sees it; or pass it on and `withhold` the answer, so that who
 * asked never knows. What is held or withheld stays so until the door is opened for the next process.
 */
export type Verdict = 'pass' | 'hold' | 'withhold'

export interface S3Door {
  endpoint: string
  /** Asked for each request before it goes on. */
  judge(asked: AtDoor): Verdict | Promise<Verdict>
  /** Told when the store has answered, before the answer goes back. */
  answered(asked: AtDoor, verdict: Verdict): void
  /** Resolves when the store has answered all that went on to it, whether or not anybody still waits for the answer. */
  quiet(): Promise<void>
  close(): Promise<void>
}

/** A way to the store on which a test decides, request by request, what arrives: it stops a process exactly where its next step begins or has just been done. */
export async function openS3Door(endpoint: string, bucket: string): Promise<S3Door> {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true })
  const underWay = new Set<Promise<void>>()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const url = new URL(request.url ?? '', endpoint)
    const key = decodeURIComponent(url.pathname).slice(bucket.length + 2)
    const asked: AtDoor = { method: request.method ?? '', key, query: url.searchParams, body: body.toString() }
    const verdict = await door.judge(asked)
    if (verdict === 'hold') return
    const { promise, resolve } = Promise.withResolvers<void>()
    underWay.add(promise)
    const over = (): void => {
      underWay.delete(promise)
      resolve()
    }
    // The host's name is signed, so everything goes on as it came.
    const onward = ask({ host: hostname, port, agent, method: request.method, path: request.url, headers: request.headers, setHost: false }, (answer) => {
      buffer(answer)
        .then((bytes) => {
          door.answered(asked, verdict)
          if (verdict === 'pass') response.writeHead(answer.statusCode ?? 502, answer.headers).end(bytes)
        })
        .catch(() => response.destroy())
        .finally(over)
    })
    onward.on('error', () => {
      response.destroy()
      over()
    })
    onward.end(body)
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const door: S3Door = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    judge: () => 'pass',
    answered: () => undefined,
    async quiet() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    async close() {
      server.closeAllConnections()
      agent.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return door
}
