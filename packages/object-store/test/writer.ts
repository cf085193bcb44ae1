// Puts objects until it is killed; says on its channel when each is durable. Object n has (n % 256) * 1,000 bytes of that value.
import { createHash } from 'node:crypto'
import { openDirectoryStore } from '../src/directory.ts'

const store = await openDirectoryStore({ root: process.argv[2] ?? '' })

async function writeEvery(step: number, first: number): Promise<void> {
  for (let n = first; ; n += step) {
    const body = new Uint8Array(1000 * (n % 256)).fill(n % 256)
    const sha256 = createHash('sha256').update(body).digest('hex')
    const key = `objects/${n % 11}/${n}`
    await store.putIfAbsent({ key, body, sha256, contentType: 'application/octet-stream' })
    process.send?.(key)
  }
}

await Promise.all([0, 1, 2, 3].map((first) => writeEvery(4, first)))
