import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { clientCredentials, tokenFile, type BearerToken } from './oauth.ts'

interface Asked {
  authorization: string | undefined
  form: Record<string, string>
}

/** A token server that answers what it is told to. */
async function tokenServer(answer: (count: number) => { status?: number; body: string }): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ authorization: request.headers.authorization, form: Object.fromEntries(new URLSearchParams(body)) })
      const { status = 200, body: answered } = answer(asked.length)
      response.writeHead(status, { 'content-type': 'application/json' }).end(answered)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked }
}

function granted(token: string, expiresIn?: number): { body: string } {
  return { body: JSON.stringify({ access_token: token, token_type: 'Bearer', ...(expiresIn === undefined ? {} : { expires_in: expiresIn }) }) }
}

function client(tokenUrl: string, clock: { ms: number } = { ms: 0 }): () => Promise<BearerToken> {
  return clientCredentials({ tokenUrl, clientId: 'twin reel', clientSecret: 'hunter:2', scope: 'kafka write' }, () => clock.ms)
}

test('the grant is asked for as RFC 6749 has it', async () => {
  const { url, asked } = await tokenServer(() => granted('abc', 3_600))
  expect(await client(url)()).toEqual({ value: 'abc' })
  expect(asked).toEqual([
    { authorization: `Basic ${Buffer.from('twin+reel:hunter%3A2').toString('base64')}`, form: { grant_type: 'client_credentials', scope: 'kafka write' } },
  ])
})

test('a token is kept until a minute before it ends, a short one for three quarters of its life', async () => {
  const { url, asked } = await tokenServer((count) => granted(`token-${count}`, count === 1 ? 3_600 : 40))
  const clock = { ms: 0 }
  const token = client(url, clock)
  await Promise.all([token(), token()])
  clock.ms = 3_539_000
  expect([await token(), asked.length]).toEqual([{ value: 'token-1' }, 1])
  clock.ms = 3_540_000
  expect([await token(), asked.length]).toEqual([{ value: 'token-2' }, 2])
  clock.ms += 29_000
  expect(await token()).toEqual({ value: 'token-2' })
  clock.ms += 1_000
  expect(await token()).toEqual({ value: 'token-3' })
})

test('a refusal tells the host and the server’s code, never the secret or what the server wrote', async () => {
  const { url } = await tokenServer(() => ({ status: 401, body: JSON.stringify({ error: 'invalid_client', error_description: 'hunter:2 is wrong' }) }))
  await expect(client(url)()).rejects.toThrow(`no token from ${new URL(url).host}: answered 401 (invalid_client)`)
})

test('answers that are no bearer token, too long or no answer at all are errors, and the next one is asked for anew', async () => {
  const answers = ['{}', 'nonsense', '{"access_token":"a","token_type":"mac"}', '{"access_token":"a b","token_type":"bearer"}', 'x'.repeat(100_000)]
  const { url } = await tokenServer((count) => (count <= answers.length ? { body: answers[count - 1] ?? '' } : granted('abc')))
  const token = client(url)
  const whys = ['without an access token', 'without an access token', 'not a bearer’s', 'without an access token', 'more than 65536 bytes']
  for (const why of whys) await expect(token()).rejects.toThrow(why)
  expect(await token()).toEqual({ value: 'abc' })
  await expect(client('http://127.0.0.1:1/token')()).rejects.toThrow('no token from 127.0.0.1:1: the request failed')
})

test('a token file is read each time', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'token-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'token')
  const token = tokenFile(path)
  writeFileSync(path, 'one\n')
  expect(await token()).toEqual({ value: 'one' })
  writeFileSync(path, 'two')
  expect(await token()).toEqual({ value: 'two' })
  writeFileSync(path, '\n')
  await expect(token()).rejects.toThrow('is empty')
})
