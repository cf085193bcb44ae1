import { randomFillSync } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Bencoded } from './bencode.ts'
import type { Control } from './control.ts'

/** One direction of a call: a socket that sends its RTP to the daemon and takes what the other side sent. */
export interface RtpStream {
  /** Packets that came through from the other side. */
  received(): number
  sendPacket(): void
  close(): void
}

export const PACKET_MS = 20
const PACKET_SAMPLES = 160
const HEADER_BYTES = 12
export const PACKET_BYTES = HEADER_BYTES + PACKET_SAMPLES

/** A recorded call of two PCMU streams through the daemon: offered, answered, connected. */
export async function connectCall(control: Control, index: number): Promise<readonly RtpStream[]> {
  const [a, b] = [await openSocket(), await openSocket()]
  const names = { 'call-id': `bench-${index}`, 'from-tag': 'a' }
  const offered = await control.ask({ command: 'offer', ...names, 'record call': 'yes', sdp: sdp(a.address().port) })
  const answered = await control.ask({ command: 'answer', ...names, 'to-tag': 'b', 'record call': 'yes', sdp: sdp(b.address().port) })
  // The rewritten offer tells B where to send to, the rewritten answer tells A.
  return [await streamOn(a, audioPort(answered['sdp']), index * 2), await streamOn(b, audioPort(offered['sdp']), index * 2 + 1)]
}

async function streamOn(socket: Socket, port: number, ssrc: number): Promise<RtpStream> {
  let received = 0
  let sent = 0
  socket.on('message', () => received++)
  // Packets that arrive after the daemon closed its ports.
  socket.on('error', () => undefined)
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const packet = randomFillSync(Buffer.alloc(PACKET_BYTES))
  packet[0] = 0x80
  packet[1] = 0
  packet.writeUInt32BE(ssrc + 1, 8)
  return {
    received: () => received,
    sendPacket() {
      packet.writeUInt16BE(sent & 0xffff, 2)
      packet.writeUInt32BE((sent * PACKET_SAMPLES) >>> 0, 4)
      sent++
      socket.send(packet)
    },
    close: () => void socket.close(),
  }
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

function sdp(port: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=ptime:20']
  return `${lines.join('\r\n')}\r\n`
}

function audioPort(text: Bencoded | undefined): number {
  const port = typeof text === 'string' ? Number(/^m=audio (\d+) /m.exec(text)?.[1]) : Number.NaN
  if (!Number.isInteger(port)) throw new Error(`rtpengine answered no SDP with a port: ${JSON.stringify(text)}`)
  return port
}
