import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { BROKER, brokerSettings } from '../../test/kafka-broker.ts'
import { openKafkaLog } from '../kafka.ts'
import type { KafkaLog } from './settings.ts'

/** A server on a port of its own while `use` runs. */
async function withServer(onConnection: (socket: net.Socket) => void, use: (address: string) => Promise<void>): Promise<void> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

const patient = { connectTimeoutMs: 100 }

test('brokers that nobody reaches are named, and it may be tried again', async () => {
  const opening = openKafkaLog(brokerSettings({ ...patient, brokers: ['127.0.0.1:1', '127.0.0.1:2'] }))
  await expect(opening).rejects.toMatchObject({
    name: 'LogError',
    retriable: true,
    message: expect.stringMatching(/^Kafka at 127.0.0.1:1, 127.0.0.1:2: .*ECONNREFUSED/),
  })
})

test('what is no address is refused', async () => {
  await expect(openKafkaLog(brokerSettings({ brokers: [] }))).rejects.toMatchObject({ retriable: false })
  await expect(openKafkaLog(brokerSettings({ brokers: ['kafka.example'] }))).rejects.toMatchObject({
    retriable: false,
    message: expect.stringContaining('host:port'),
  })
})

test('a server that takes the connection and says nothing is given up in time', async () => {
  await withServer(
    () => undefined,
    async (address) => {
      const opening = openKafkaLog(brokerSettings({ ...patient, brokers: [address] }))
      await expect(opening).rejects.toMatchObject({ retriable: true, message: expect.stringContaining(`${address}: no broker answered within 200 ms`) })
    },
  )
})

test('a server that hangs up at once may want TLS or credentials', async () => {
  await withServer(
    (socket) => socket.end(),
    async (address) => {
      const opening = openKafkaLog(brokerSettings({ ...patient, brokers: [address] }))
      await expect(opening).rejects.toThrow('does its listener ask for TLS or for credentials?')
    },
  )
})

test('a server that speaks something else than TLS is told apart from one that cannot be reached', async () => {
  await withServer(
    (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    async (address) => {
      const opening = openKafkaLog(brokerSettings({ ...patient, brokers: [address], tls: { ca: null, cert: null, key: null } }))
      await expect(opening).rejects.toMatchObject({ retriable: false, message: expect.stringContaining('TLS failed; does the listener speak it') })
    },
  )
})

describe.skipIf(BROKER === '')('at the broker TWINREEL_TEST_KAFKA names', () => {
  test('one broker of several is enough', async () => {
    const log = await openKafkaLog(brokerSettings({ brokers: ['127.0.0.1:1', BROKER] }))
    expect(await log.identity()).not.toBe('')
    await log.close()
  })

  test('TLS on a listener without it, and credentials where none are taken, are told', async () => {
    await expect(openKafkaLog(brokerSettings({ tls: { ca: null, cert: null, key: null } }))).rejects.toThrow('does one side speak TLS and the other not?')
    const sasl = { mechanism: 'plain', username: 'somebody', password: 'secret' } as const
    await expect(openKafkaLog(brokerSettings({ sasl }))).rejects.toMatchObject({
      retriable: false,
      message: expect.stringContaining('the listener takes no credentials'),
    })
  })

  test('no warning of Node’s and no payload reaches anybody', async () => {
    const told: unknown[] = []
    const warned = (warning: Error): void => void told.push(warning.name)
    process.on('warning', warned)
    const lines: string[] = []
    const keep: KafkaLog = (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
    const log = await openKafkaLog(brokerSettings(), { log: keep })
    await expect(
      log.append([{ topic: 'missing', key: '+15550100', headers: { ce_subject: '+15550100' }, value: new TextEncoder().encode('+15550100') }]),
    ).rejects.toThrow('there is no such topic')
    await log.close()
    process.off('warning', warned)
    expect(told).toEqual([])
    expect(lines.join('\n')).not.toContain('15550100')
  })
})
