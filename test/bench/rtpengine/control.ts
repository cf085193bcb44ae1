import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { bdecode, bencode, type Bencoded } from './bencode.ts'

type Command = { readonly command: string } & Answer
type Answer = Readonly<Record<string, Bencoded>>

export interface Control {
  /** Sends one command of the ng protocol and answers its reply; an error that the daemon reports, or its silence, is thrown. */
  ask(command: Command): Promise<Answer>
  close(): void
}

const ANSWER_WITHIN_MS = 2_000

/** rtpengine's ng control protocol over UDP on the loopback: a cookie, a space, a bencoded dictionary. */
export async function connectControl(port: number): Promise<Control> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const waiting = new Map<string, (answer: Bencoded) => void>()
  let asked = 0
  // A refused datagram is the same as an unanswered one.
  socket.on('error', () => undefined)
  socket.on('message', (datagram) => {
    const text = datagram.toString('latin1')
    const space = text.indexOf(' ')
    waiting.get(text.slice(0, space))?.(bdecode(text.slice(space + 1)))
  })
  return {
    async ask(command) {
      const cookie = `bench${asked++}`
      const reply = new Promise<Bencoded>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`rtpengine did not answer ${command.command}`)), ANSWER_WITHIN_MS)
        waiting.set(cookie, (answer) => {
          clearTimeout(timer)
          resolve(answer)
        })
      }).finally(() => waiting.delete(cookie))
      socket.send(Buffer.from(`${cookie} ${bencode(command)}`, 'latin1'))
      const answer = (await reply) as Answer
      if (answer['result'] === 'error') throw new Error(`rtpengine refused ${command.command}: ${JSON.stringify(answer['error-reason'])}`)
      return answer
    },
    close: () => void socket.close(),
  }
}
