import { wrappingKeys } from '@twinreel/catalog/media-keys'
import { openCatalog } from '@twinreel/catalog/open'
import { startHttpServer } from '@twinreel/service/http-server'
import { expect, onTestFinished, test } from 'vitest'
import { mediaKeyPosts } from './media-key-path.ts'

const TOKEN = 'a-token-of-more-than-thirty-two-characters'

async function asker(
  isConfigured: boolean,
): Promise<(body: string, token?: string, path?: string) => Promise<{ status: number; answer: Record<string, string> }>> {
  const catalog = await openCatalog({ path: ':memory:' })
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, paths: {}, onError: () => undefined })
  onTestFinished(async () => {
    await server.stop()
    await catalog.close()
  })
  if (isConfigured) server.takePosts(mediaKeyPosts(catalog, { wrapping: wrappingKeys([new Uint8Array(32)]), token: TOKEN }))
  return async (body, token = TOKEN, path = '/media-keys') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } })
    return { status: response.status, answer: (await response.json()) as Record<string, string> }
  }
}

test('who shows the token gets a call’s key, the same each time', async () => {
  const ask = await asker(true)
  const [first, again, other] = [await ask('{"callId":"c1"}'), await ask('{"callId":"c1"}'), await ask('{"callId":"c2"}')]
  expect(first).toMatchObject({ status: 200, answer: { encryption: 'A256GCM' } })
  expect(Buffer.from(first.answer['key'] ?? '', 'base64')).toHaveLength(32)
  expect(again).toEqual(first)
  expect(other.answer['key']).not.toBe(first.answer['key'])
})

test('without the token, without a configured one, elsewhere, and with something else than a call id there is none', async () => {
  const ask = await asker(true)
  expect((await ask('{"callId":"c1"}', `${TOKEN}x`)).status).toBe(401)
  expect((await ask('{"callId":"c1"}', 'x')).status).toBe(401)
  expect((await ask('{"callId":""}')).status).toBe(400)
  expect((await ask('null')).status).toBe(400)
  expect((await ask('{')).status).toBe(413)
  expect((await ask(JSON.stringify({ callId: 'x'.repeat(5_000) }))).status).toBe(413)
  expect((await ask('{"callId":"c1"}', TOKEN, '/media-keys/')).status).toBe(405)
  expect((await (await asker(false))('{"callId":"c1"}')).status).toBe(405)
})
