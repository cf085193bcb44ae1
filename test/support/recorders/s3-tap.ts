import { once } from 'node:events'
import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@twinreel/service/clock'

/** An object that one recorder asked the store to keep. */
export interface TappedPut {
  key: string
  arrivedMs: number
  /** `null` while there is no answer; none ever comes to who is dead. */
  status: number | null
  answeredMs: number
  /** Nothing of it reaches the store any more. */
  isOver: boolean
}

export interface HeldPut {
  /** The put has come. */
  arrived: Promise<TappedPut>
  letGo(): void
}

/** A way to the store that one recorder alone uses, so that it is known who wrote what, and when: the store's answer counts, not the recorder's word. */
export interface S3Tap {
  endpoint: string
  puts: readonly TappedPut[]
  /** The next put is taken from its sender whole, and kept from the store until it is let go. */
  holdNextPut(): HeldPut
  close(): Promise<void>
}

export async function startS3Tap(endpoint: string, bucket: string): Promise<S3Tap> {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true })
  const puts: TappedPut[] = []

  let holding: { arrived(put: TappedPut): void; gone: Promise<void> } | null = null

  function noted(request: IncomingMessage): TappedPut | null {
    const path = decodeURIComponent(new URL(request.url ?? '', endpoint).pathname)
    if (request.method !== 'PUT' || !path.startsWith(`/${bucket}/recordings/`)) return null
    const put = { key: path.slice(bucket.length + 2), arrivedMs: systemClock.now(), status: null, answeredMs: 0, isOver: false }
    puts.push(put)
    return put
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const put = noted(request)
    // The host's name is signed, so everything goes on as it came.
    const onward = ask({ host: hostname, port, agent, method: request.method, path: request.url, headers: request.headers, setHost: false }, (answer) => {
      if (put !== null) Object.assign(put, { status: answer.statusCode ?? 0, answeredMs: systemClock.now() })
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.on('close', () => put !== null && Object.assign(put, { isOver: true }))
    request.on('error', () => onward.destroy())
    // A request that its sender did not finish is not finished for him.
    request.on('close', () => void (request.complete || onward.destroy()))
    const hold = put === null ? null : holding
    if (put === null || hold === null) return void request.pipe(onward)
    holding = null
    const bytes: Buffer[] = []
    request.on('data', (piece: Buffer) => bytes.push(piece))
    request.on('end', () => {
      hold.arrived(put)
      void hold.gone.then(() => onward.end(Buffer.concat(bytes)))
    })
  }

  function holdNextPut(): HeldPut {
    const arrived = Promise.withResolvers<TappedPut>()
    const gone = Promise.withResolvers<void>()
    holding = { arrived: arrived.resolve, gone: gone.promise }
    return { arrived: arrived.promise, letGo: gone.resolve }
  }

  const server = createServer(forward).listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    puts,
    holdNextPut,
    async close() {
      server.closeAllConnections()
      agent.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
