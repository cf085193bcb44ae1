import { createHash, randomUUID } from 'node:crypto'
import { afterEach, beforeEach } from 'vitest'
import type { ObjectStore, PutOptions } from '../port.ts'

export type MakeStore = () => Promise<{ store: ObjectStore; dispose: () => Promise<void> }>

/** Gives each test a store, and a prefix of its own: the store may be shared. */
export function eachTestWithStore(makeStore: MakeStore): () => { store: ObjectStore; prefix: string } {
  let made: Awaited<ReturnType<MakeStore>> | null = null
  let prefix = ''
  beforeEach(async () => {
    made = await makeStore()
    prefix = `contract/${randomUUID()}/`
  })
  afterEach(async () => {
    await made?.dispose()
    made = null
  })
  return () => {
    if (made === null) throw new Error('there is no store outside a test')
    return { store: made.store, prefix }
  }
}

export function sha256Of(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** What to put, from a text or from bytes. */
export function object(key: string, content: string | Uint8Array): PutOptions {
  const body = typeof content === 'string' ? bytesOf(content) : content
  return { key, body, sha256: sha256Of(body), contentType: 'application/octet-stream' }
}

/** Every key with the prefix, over as many pages as it takes. */
export async function keysOf(store: ObjectStore, prefix: string, limit?: number): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | null = ''; after !== null;) {
    const page = await store.list({ prefix, ...(after === '' ? {} : { after }), ...(limit === undefined ? {} : { limit }) })
    keys.push(...page.objects.map(({ key }) => key))
    after = page.next
  }
  return keys
}
