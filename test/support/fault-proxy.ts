import { once } from 'node:events'
import { createServer, connect, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from '@twinreel/twinreel/dev/ports'

/** What a proxy does to the connections through it. */
export type Fault =
  | { kind: 'none' }
  /** Answers 503 with an S3 error to every HTTP request, itself. */
  | { kind: 'unavailable' }
  /** Each piece waits `delayMs`, and no more than `bytesPerSecond` pass each way. */
  | { kind: 'slow'; delayMs?: number; bytesPerSecond?: number }
  /** Accepts connections and requests, and never answers. */
  | { kind: 'hang' }
  /** Nobody listens. */
  | { kind: 'refuse' }

export interface FaultProxy {
  readonly host: '127.0.0.1'
  readonly port: number
  /**
   * Connections that are open stay so when it becomes slow or begins to hang; every other change drops them, as a failing machine would. The port stays the same.
   */
  switchTo(fault: Fault): Promise<void>
  /** Connections it accepted since it started. */
  accepted(): number
  close(): Promise<void>
}

const ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ServiceUnavailable</Code><Message>Please reduce your request rate.</Message></Error>'
const UNAVAILABLE = `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/xml\r\ncontent-length: ${ERROR.length}\r\nconnection: close\r\n\r\n${ERROR}`

/** Forwards TCP connections on a port of its own to `target`, faithfully at first. */
export async function startFaultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  const [port = 0] = await freePorts(1)
  const sockets = new Set<Socket>()
  let fault: Fault = { kind: 'none' }
  let changed = Promise.withResolvers<void>()
  let accepted = 0

  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted++
    keep(client)
    if (fault.kind === 'unavailable') return answerUnavailable(client)
    const upstream = keep(connect({ ...target, allowHalfOpen: true }))
    // Whichever side breaks, the other breaks too.
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    void pump(client, upstream)
    void pump(upstream, client)
  })

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    return socket.setNoDelay(true)
  }

  async function pump(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        while (fault.kind === 'hang') await changed.promise
        if (fault.kind === 'slow') {
          const { delayMs = 0, bytesPerSecond = Infinity } = fault
          await delay(delayMs + (piece.length / bytesPerSecond) * 1_000)
        }
        if (!to.destroyed && !to.write(piece)) await once(to, 'drain')
      }
      to.end()
    } catch {
      to.destroy()
    }
  }

  await listen(server, port)
  return {
    host: '127.0.0.1',
    port,
    accepted: () => accepted,
    async switchTo(next) {
      fault = next
      if (next.kind !== 'slow' && next.kind !== 'hang') for (const socket of sockets) socket.destroy()
      changed.resolve()
      changed = Promise.withResolvers()
      if (next.kind === 'refuse') await stopListening(server)
      else if (!server.listening) await listen(server, port)
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      changed.resolve()
      await stopListening(server)
    },
  }
}

/** Once per connection: it is closed with the answer, and what still comes of the request is read and dropped, or the answer would be lost to a reset. */
function answerUnavailable(client: Socket): void {
  client.once('data', () => client.end(UNAVAILABLE))
  client.on('data', () => {})
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen({ port, host: '127.0.0.1' })
  await once(server, 'listening')
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}
