// A way to the broker that can be blocked: what the broker answers is kept back until it is free again.
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { vi } from 'vitest'

export interface Proxy {
  block(): void
  /** What was kept back goes on. */
  free(): void
  /** Closes every connection. */
  cut(): void
  close(): void
}

/** From now on all connections of this process to `broker` go through the proxy. */
export async function proxyTo(broker: string): Promise<Proxy> {
  const [host = '', port = ''] = broker.split(':')
  const connect = net.connect.bind(net) as (options: net.NetConnectOpts, listener?: () => void) => net.Socket
  const flows = new Set<{ client: net.Socket; kept: Buffer[] }>()
  let isBlocked = false
  const server = net.createServer((client) => {
    const upstream = connect({ host, port: Number(port) })
    const flow = { client, kept: [] as Buffer[] }
    flows.add(flow)
    client.pipe(upstream)
    upstream.on('data', (data: Buffer) => void (isBlocked ? flow.kept.push(data) : client.write(data)))
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        flows.delete(flow)
        peer.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  const redirect = (options: net.TcpNetConnectOpts, listener?: () => void): net.Socket =>
    connect(options.port === Number(port) ? { ...options, host: '127.0.0.1', port: own } : options, listener)
  const spy = vi.spyOn(net, 'connect').mockImplementation(redirect as typeof net.connect)
  return {
    block: () => void (isBlocked = true),
    free() {
      isBlocked = false
      for (const { client, kept } of flows) for (const data of kept.splice(0)) client.write(data)
    },
    cut() {
      for (const { client } of flows) client.destroy()
    },
    close() {
      spy.mockRestore()
      for (const { client } of flows) client.destroy()
      server.close()
    },
  }
}
