import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@twinreel/service/clock'

export interface TokenServer {
  url: string
  /** What it has granted, the latest last. */
  readonly granted: readonly { value: string; expiresMs: number }[]
  /** How long the tokens from now on are good for; less than nothing for some that have expired. */
  lifeMs: number
  close(): void
}

const HOUR_MS = 3_600_000

/** Grants tokens for `subject` to one client (RFC 6749, 4.4), unsigned as Kafka's development validator takes them (RFC 7519, section 6). It says of all that they last an hour. */
export async function startTokenServer(client: { id: string; secret: string; subject: string }): Promise<TokenServer> {
  const credentials = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
  const granted: { value: string; expiresMs: number }[] = []
  const http = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json').setHeader('connection', 'close')
    if (request.headers.authorization !== credentials) {
      response.writeHead(401).end(JSON.stringify({ error: 'invalid_client' }))
      return
    }
    const expiresMs = systemClock.now() + server.lifeMs
    const value = unsigned({ sub: client.subject, iat: (Math.min(systemClock.now(), expiresMs) - 60_000) / 1_000, exp: expiresMs / 1_000 })
    granted.push({ value, expiresMs })
    response.end(JSON.stringify({ access_token: value, token_type: 'Bearer', expires_in: HOUR_MS / 1_000 }))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server: TokenServer = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/token`, granted, lifeMs: HOUR_MS, close: () => http.close() }
  return server
}

function unsigned(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.`
}
